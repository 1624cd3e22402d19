//! The tables every service has; the first migration of each.

use sea_orm_migration::{prelude::*, schema};

/// Creates facts, cursors, parked facts, answered requests and reference data.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_21_000_house"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let fact = Table::create()
            .table("fact")
            .col(schema::big_integer("position").primary_key())
            .col(schema::uuid("fact_id"))
            .col(schema::binary("body"))
            .to_owned();
        let fact_counter = Table::create()
            .table("fact_counter")
            .col(schema::small_integer("id").primary_key())
            .col(schema::big_integer("position"))
            .to_owned();
        let fact_cursor = Table::create()
            .table("fact_cursor")
            .col(schema::string("producer").primary_key())
            .col(schema::big_integer("position"))
            .col(schema::uuid("holder"))
            .col(schema::big_integer("leased_until"))
            .to_owned();
        let fact_parked = Table::create()
            .table("fact_parked")
            .col(schema::string("producer"))
            .col(schema::big_integer("position"))
            .col(schema::binary("body"))
            .col(schema::text("reason"))
            .col(schema::big_integer("parked_at"))
            .primary_key(Index::create().col("producer").col("position"))
            .to_owned();
        let request = Table::create()
            .table("request")
            .col(schema::binary("key").primary_key())
            .col(schema::binary("body_hash"))
            .col(schema::binary("answer"))
            .col(schema::big_integer("answered_at"))
            .to_owned();
        let reference = Table::create()
            .table("reference")
            .col(schema::small_integer("kind"))
            .col(schema::string("key"))
            .col(schema::big_integer("version"))
            .col(schema::binary("body"))
            .primary_key(Index::create().col("kind").col("key").col("version"))
            .to_owned();
        for table in [fact, fact_counter, fact_cursor, fact_parked, request, reference] {
            manager.create_table(table).await?;
        }
        let counter = "INSERT INTO fact_counter (id, position) VALUES (1, 0)";
        manager.get_connection().execute_unprepared(counter).await?;
        Ok(())
    }
}
