//! Whether a ticket is a relapse, and whether it missed a deadline.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_123_late"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["relapsed", "late"] {
            let column = schema::boolean(name).default(false).to_owned();
            let table = Table::alter().table("ticket").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
