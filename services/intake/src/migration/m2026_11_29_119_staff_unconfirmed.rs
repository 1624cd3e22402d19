//! Whether the catalog confirms that the person who served was at that window.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_119_staff_unconfirmed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nobody unconfirmed was accepted before.
        let unconfirmed = schema::boolean("staff_unconfirmed").default(false).take();
        let table = Table::alter().table("service_act").add_column(unconfirmed).to_owned();
        manager.alter_table(table).await
    }
}
