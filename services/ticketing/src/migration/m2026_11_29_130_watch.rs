//! When deadlines, and tickets that nobody takes, are to be looked at next; and which replica looks.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_130_watch"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let watch_at = schema::big_integer_null("watch_at");
        let table = Table::alter().table("ticket_deadline").add_column(watch_at).to_owned();
        manager.alter_table(table).await?;
        for column in ["take_by", "nobody_at"] {
            let column = schema::big_integer_null(column);
            let table = Table::alter().table("ticket").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        for (name, table, columns) in [
            ("ticket_deadline_watch", "ticket_deadline", &["watch_at", "ticket_id", "number"][..]),
            ("ticket_take_by", "ticket", &["take_by", "id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        // A day is 86,400,000,000 microseconds: a deadline is looked at when its last one begins.
        // State 1: nobody is assigned; when exactly that is too long is computed at the first look.
        for fill in [
            "UPDATE ticket_deadline SET watch_at = running_until - 86400000000 \
             WHERE running_until IS NOT NULL",
            "UPDATE ticket SET take_by = clock_started_at WHERE state = 1",
        ] {
            manager.get_connection().execute_unprepared(fill).await?;
        }
        platform::lease::create_table(manager).await
    }
}
