//! Why a case was completed after its promised deadline.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_22_101_late_reason"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reason = schema::text_null("late_reason");
        let table = Table::alter().table("case_file").add_column(reason).to_owned();
        manager.alter_table(table).await
    }
}
