//! Figures, and the data they are folded from.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_21_100_publication"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut figure_key = Index::create();
        for column in ["dimension", "key", "day", "measure", "channel", "level", "origin"] {
            figure_key.col(column);
        }
        let figure = Table::create()
            .table("figure")
            .col(schema::integer("day"))
            .col(schema::small_integer("dimension"))
            .col(schema::string("key"))
            .col(schema::small_integer("measure"))
            .col(schema::small_integer("channel"))
            .col(schema::small_integer("level"))
            .col(schema::small_integer("origin"))
            .col(schema::big_integer("n"))
            .primary_key(&mut figure_key)
            .to_owned();
        let rating = Table::create()
            .table("rating")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("act_id"))
            .col(schema::small_integer("level"))
            .col(schema::small_integer("channel"))
            .col(schema::small_integer("origin"))
            .col(schema::big_integer("received_at"))
            .to_owned();
        let act = Table::create()
            .table("act")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid_null("effective"))
            .col(schema::boolean("offered"))
            .to_owned();
        let ticket = Table::create()
            .table("ticket")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("item_code"))
            .col(schema::small_integer("level"))
            .col(schema::small_integer("state"))
            .col(schema::small_integer("finding"))
            .col(schema::big_integer("opened_at"))
            .col(schema::big_integer("state_at"))
            .col(schema::boolean("private"))
            .col(schema::boolean("fed_back"))
            .col(schema::binary("act"))
            .to_owned();
        for table in [figure, rating, act, ticket] {
            manager.create_table(table).await?;
        }
        let outcomes = Index::create()
            .name("ticket_region")
            .table("ticket")
            .col("region_code")
            .col("opened_at")
            .col("id")
            .to_owned();
        manager.create_index(outcomes).await
    }
}
