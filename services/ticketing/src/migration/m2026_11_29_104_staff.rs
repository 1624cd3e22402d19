//! The persons named by a ticket's ratings: they take no step of it.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_104_staff"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let staff_id = schema::string_null("staff_id");
        let table = Table::alter().table("ticket_rating").add_column(staff_id).to_owned();
        manager.alter_table(table).await
    }
}
