//! The last day that a hotline allows for handling and reply.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_225_hotline"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let due = schema::string_null("hotline_due_on");
        let table = Table::alter().table("review").add_column(due).to_owned();
        manager.alter_table(table).await
    }
}
