//! The counts that key targets and problems are found by, and the ratings behind them.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_120_focus_counts"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let focus_rating = Table::create()
            .table("focus_rating")
            .col(schema::uuid("rating_id").primary_key())
            .col(schema::uuid("act_id"))
            .col(schema::small_integer("origin"))
            .col(schema::big_integer("given_at"))
            .col(schema::small_integer("level"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("staff_id"))
            .col(schema::string("line_id"))
            .col(schema::string("item_code"))
            .col(schema::text("tags"))
            .col(schema::boolean("excluded"))
            .col(schema::big_integer("fact_position"))
            .col(schema::uuid_null("fact_id"))
            .to_owned();
        let focus_excluded = Table::create()
            .table("focus_excluded")
            .col(schema::uuid("rating_id").primary_key())
            .to_owned();
        let key = ["kind", "region_code", "day", "object_id", "level"];
        let mut primary = Index::create();
        for column in key {
            primary.col(column);
        }
        let focus_count = Table::create()
            .table("focus_count")
            .col(schema::small_integer("kind"))
            .col(schema::string("region_code"))
            .col(schema::integer("day"))
            .col(schema::string("object_id"))
            .col(schema::small_integer("level"))
            .col(schema::big_integer("n"))
            .primary_key(&mut primary)
            .to_owned();
        for table in [focus_rating, focus_excluded, focus_count] {
            manager.create_table(table).await?;
        }
        let of_act = Index::create()
            .name("focus_rating_act")
            .table("focus_rating")
            .col("act_id")
            .col("rating_id")
            .to_owned();
        let by_position = Index::create()
            .name("focus_rating_fact_position")
            .table("focus_rating")
            .col("fact_position")
            .to_owned();
        for index in [of_act, by_position] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
