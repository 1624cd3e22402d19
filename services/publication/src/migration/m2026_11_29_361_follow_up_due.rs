//! Which tickets were due for a follow-up. Of tickets that were folded before nothing says so: they are
//! counted right once the figures are rebuilt.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_361_follow_up_due"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = schema::boolean("follow_up_due").default(false).to_owned();
        manager.alter_table(Table::alter().table("ticket").add_column(column).to_owned()).await
    }
}
