//! The platform that a service was given on.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_417_platform"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let platform = schema::string_null("platform_id");
        let table = Table::alter().table("service_act").add_column(platform).to_owned();
        manager.alter_table(table).await
    }
}
