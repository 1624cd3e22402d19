//! A provisional rating window is computed again when the notice is published.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_330_window_before"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // For older acts this is unknown: each is checked once.
        let provisional = schema::boolean("provisional").default(true).take();
        for column in [schema::binary_null("window_before"), provisional] {
            let table = Table::alter().table("service_act").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let moving = "CREATE INDEX service_act_provisional ON service_act (id) \
                      WHERE provisional AND closes_at IS NOT NULL";
        manager.get_connection().execute_unprepared(moving).await?;
        Ok(())
    }
}
