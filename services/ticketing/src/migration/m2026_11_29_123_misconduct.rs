//! Transfers of signs of misconduct.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_123_misconduct"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let misconduct_transfer = Table::create()
            .table("misconduct_transfer")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("ticket_id"))
            .col(schema::binary("record"))
            .col(schema::binary("reason"))
            .to_owned();
        manager.create_table(misconduct_transfer).await?;
        let index = Index::create()
            .name("misconduct_transfer_ticket")
            .table("misconduct_transfer")
            .col("ticket_id")
            .col("id")
            .to_owned();
        manager.create_index(index).await
    }
}
