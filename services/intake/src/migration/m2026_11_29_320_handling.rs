//! Where every ticket stands, what raters answered to follow-ups, and ratings found by their receipts.

use sea_orm_migration::{prelude::*, schema, sea_orm::DbBackend};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_320_handling"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let handling = Table::create()
            .table("handling")
            .col(schema::uuid("ticket_id").primary_key())
            .col(schema::small_integer("state"))
            .col(schema::big_integer("at"))
            .col(schema::big_integer("sequence"))
            .col(schema::small_integer("finding"))
            .col(schema::string("next_due_on"))
            .col(schema::string("agency_id"))
            .col(schema::uuid_null("main_ticket_id"))
            .col(schema::big_integer("linked_position"))
            .col(schema::big_integer_null("closed_at"))
            .col(schema::boolean("required"))
            .col(schema::boolean("sampled"))
            .col(schema::big_integer("closed_sequence"))
            .col(schema::big_integer("fact_position"))
            .col(schema::uuid("fact_id"))
            .to_owned();
        let answer = Table::create()
            .table("follow_up_answer")
            .col(schema::uuid("ticket_id"))
            .col(schema::big_integer("closed_at"))
            .col(schema::boolean("satisfied"))
            .col(schema::big_integer("answered_at"))
            .primary_key(Index::create().col("ticket_id").col("closed_at"))
            .to_owned();
        for table in [handling, answer] {
            manager.create_table(table).await?;
        }
        let by_position = Index::create()
            .name("handling_fact_position")
            .table("handling")
            .col("fact_position")
            .to_owned();
        manager.create_index(by_position).await?;
        // A receipt code says the last five bytes of the id; the rows themselves stay as they are.
        let connection = manager.get_connection();
        let index = match connection.get_database_backend() {
            DbBackend::Postgres => {
                "CREATE INDEX rating_receipt ON rating (substring(uuid_send(id) from 12 for 5))"
            }
            _ => "CREATE INDEX rating_receipt ON rating (substr(id, 12, 5))",
        };
        connection.execute_unprepared(index).await?;
        Ok(())
    }
}
