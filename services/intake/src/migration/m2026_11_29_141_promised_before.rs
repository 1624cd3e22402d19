//! A provisional promised date is computed again when the notice is published.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_141_promised_before"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // For older cases this is unknown: each is checked once.
        let provisional = schema::boolean("provisional").default(true).take();
        for column in [schema::binary_null("promised_before"), provisional] {
            let table = Table::alter().table("case_file").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let open = "CREATE INDEX case_file_provisional ON case_file (id) \
                    WHERE provisional AND completed_at IS NULL";
        manager.get_connection().execute_unprepared(open).await?;
        Ok(())
    }
}
