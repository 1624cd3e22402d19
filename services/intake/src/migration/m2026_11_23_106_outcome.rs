//! What became of an act's negative ratings.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_106_outcome"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let outcome = Table::create()
            .table("outcome")
            .col(schema::uuid("act_id").primary_key())
            .col(schema::uuid("ticket_id"))
            .col(schema::small_integer("state"))
            .col(schema::big_integer("at"))
            .to_owned();
        manager.create_table(outcome).await?;
        let of_ticket =
            Index::create().name("outcome_ticket").table("outcome").col("ticket_id").to_owned();
        manager.create_index(of_ticket).await
    }
}
