//! Provisional deadlines of appeals and text reviews are computed again when the notice is published.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_333_deadlines_before"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["appeal", "text_review"] {
            // For older rows this is unknown: each is checked once.
            let provisional = schema::boolean("provisional").default(true).take();
            for column in [schema::binary_null("deadlines_before"), provisional] {
                let table = Table::alter().table(table).add_column(column).to_owned();
                manager.alter_table(table).await?;
            }
        }
        for waiting in [
            "CREATE INDEX appeal_provisional ON appeal (id) \
             WHERE provisional AND state IN (1, 2)",
            "CREATE INDEX text_review_provisional ON text_review (rating_id) \
             WHERE provisional AND verdict = 0",
        ] {
            manager.get_connection().execute_unprepared(waiting).await?;
        }
        Ok(())
    }
}
