//! Counts of the exchange's ratings by blocks of positions, so that withdrawing the end of a lane counts that
//! end only; which day was sent again, or waits for a person; and how far the ratings are compared with the
//! public log.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_401_exchange_block"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let block = Table::create()
            .table("exchange_block")
            .col(schema::string("origin"))
            .col(schema::string("producer"))
            .col(schema::integer("block"))
            .col(schema::small_integer("level"))
            .col(schema::big_integer("n"))
            .primary_key(Index::create().col("origin").col("producer").col("block").col("level"))
            .to_owned();
        manager.create_table(block).await?;
        let connection = manager.get_connection();
        let counted = "INSERT INTO exchange_block (origin, producer, block, level, n) \
                       SELECT origin, producer, position / 10000, level, COUNT(*) \
                       FROM exchange_fact WHERE cut = 0 AND level > 0 \
                       GROUP BY origin, producer, position / 10000, level";
        connection.execute_unprepared(counted).await?;
        manager.drop_table(Table::drop().table("exchange_level").to_owned()).await?;
        for column in ["resent_day", "stopped_day"] {
            let column = schema::integer_null(column);
            let table = Table::alter().table("exchange_link").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let look = Table::create()
            .table("log_look")
            .col(schema::small_integer("id").primary_key())
            .col(schema::big_integer("leaf"))
            .col(schema::uuid_null("rating"))
            .col(schema::big_integer("found"))
            .col(schema::text("first"))
            .col(schema::big_integer("last_found"))
            .col(schema::text("last_first"))
            .col(schema::big_integer_null("ended_at"))
            .to_owned();
        manager.create_table(look).await
    }
}
