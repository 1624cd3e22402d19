//! The exchange: the facts kept for the upper platform and from lower installations, their counts, and the
//! receipts of the upper platform.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_400_exchange"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let lane = Table::create()
            .table("exchange_lane")
            .col(schema::string("origin"))
            .col(schema::string("producer"))
            .col(schema::big_integer("position"))
            .col(schema::uuid("fact_id"))
            .col(schema::big_integer("kept_at"))
            .col(schema::integer("cuts"))
            .col(schema::big_integer("withdrawn"))
            .col(schema::big_integer("outside"))
            .primary_key(Index::create().col("origin").col("producer"))
            .to_owned();
        let fact = Table::create()
            .table("exchange_fact")
            .col(schema::string("origin"))
            .col(schema::string("producer"))
            .col(schema::integer("cut"))
            .col(schema::big_integer("position"))
            .col(schema::uuid("fact_id"))
            .col(schema::big_integer("recorded_at"))
            .col(schema::integer("day"))
            .col(schema::small_integer("level"))
            .col(schema::binary("body"))
            .primary_key(Index::create().col("origin").col("producer").col("cut").col("position"))
            .to_owned();
        let level = Table::create()
            .table("exchange_level")
            .col(schema::string("origin"))
            .col(schema::string("producer"))
            .col(schema::small_integer("level"))
            .col(schema::big_integer("n"))
            .primary_key(Index::create().col("origin").col("producer").col("level"))
            .to_owned();
        let link = Table::create()
            .table("exchange_link")
            .col(schema::string("origin"))
            .col(schema::string("producer"))
            .col(schema::big_integer("position"))
            .col(schema::uuid("fact_id"))
            .col(schema::big_integer_null("receipted_at"))
            .col(schema::integer_null("reconciled_through"))
            .col(schema::text("last_error"))
            .col(schema::text("last_difference"))
            .primary_key(Index::create().col("origin").col("producer"))
            .to_owned();
        for table in [lane, fact, level, link] {
            manager.create_table(table).await?;
        }
        let mut index = Index::create();
        index.name("exchange_fact_day").table("exchange_fact");
        for column in ["origin", "producer", "cut", "day", "position"] {
            index.col(column);
        }
        manager.create_index(index).await
    }
}
