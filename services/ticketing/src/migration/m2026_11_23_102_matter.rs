//! The matter that opened a ticket instead of a rating.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_102_matter"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let matter = schema::binary_null("matter");
        let table = Table::alter().table("ticket").add_column(matter).to_owned();
        manager.alter_table(table).await
    }
}
