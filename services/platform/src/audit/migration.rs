//! The audit chain, for a service that shows persons' data.

use sea_orm_migration::{prelude::*, schema};

/// Creates it.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_103_audit"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let audit = Table::create()
            .table("audit")
            .col(schema::big_integer("position").primary_key())
            .col(schema::binary("record"))
            .col(schema::binary("hash"))
            .to_owned();
        manager.create_table(audit).await
    }
}
