//! A ticket's handling clock can stand still, and a ticket knows whether the Authority passed it on.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_334_ticket_clock"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dispatched = schema::boolean("dispatched").default(true).take();
        for column in [schema::big_integer_null("clock_stopped_at"), dispatched] {
            let table = Table::alter().table("ticket").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let index =
            Index::create().name("appeal_ticket").table("appeal").col("ticket_id").to_owned();
        manager.create_index(index).await?;
        Ok(())
    }
}
