//! What a ticket led to.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_22_101_ticket_effect"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ticket_effect = Table::create()
            .table("ticket_effect")
            .col(schema::uuid("ticket_id"))
            .col(schema::string("item_code"))
            .col(schema::big_integer("version"))
            .col(schema::big_integer("published_at"))
            .primary_key(Index::create().col("ticket_id").col("item_code").col("version"))
            .to_owned();
        manager.create_table(ticket_effect).await
    }
}
