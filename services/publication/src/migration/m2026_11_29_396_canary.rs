//! The last rating of a robot that was counted, by region, channel and level.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_396_canary"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let proof = Table::create()
            .table("canary_proof")
            .col(schema::string("region_code"))
            .col(schema::small_integer("channel"))
            .col(schema::small_integer("level"))
            .col(schema::uuid("rating_id"))
            .col(schema::big_integer("given_at"))
            .col(schema::big_integer("counted_at"))
            .col(schema::big_integer("fact_position"))
            .primary_key(Index::create().col("region_code").col("channel").col("level"))
            .to_owned();
        manager.create_table(proof).await
    }
}
