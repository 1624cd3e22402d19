//! What ticketing decides about ratings' texts: which may be shown to everybody.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_387_words"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let verdict = Table::create()
            .table("words_verdict")
            .col(schema::uuid("rating_id").primary_key())
            .col(schema::uuid("act_id"))
            .col(schema::uuid("shown_as"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("item_code"))
            .col(schema::string("day"))
            .col(schema::small_integer("verdict"))
            .col(schema::big_integer("decided_position"))
            .col(schema::boolean("excluded"))
            .col(schema::boolean("told"))
            .col(schema::big_integer("fact_position"))
            .col(schema::uuid("fact_id"))
            .to_owned();
        manager.create_table(verdict).await?;
        for (name, columns) in [
            ("words_verdict_region", &["region_code", "day", "shown_as"][..]),
            ("words_verdict_agency", &["agency_id", "region_code", "day", "shown_as"]),
            ("words_verdict_fact_position", &["fact_position"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("words_verdict");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
