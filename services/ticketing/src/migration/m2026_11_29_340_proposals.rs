//! What the figures propose by themselves, what was decided upon already, which months were looked
//! at, and the complaints that are counted.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_340_proposals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let focus_proposal = Table::create()
            .table("focus_proposal")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::string_null("open_object"))
            .col(schema::binary("content"))
            .to_owned();
        let focus_weighed = Table::create()
            .table("focus_weighed")
            .col(schema::string("region_code"))
            .col(schema::small_integer("basis"))
            .col(schema::small_integer("kind"))
            .col(schema::string("object_id"))
            .col(schema::integer("until"))
            .primary_key(
                Index::create().col("region_code").col("basis").col("kind").col("object_id"),
            )
            .to_owned();
        let focus_look = Table::create()
            .table("focus_look")
            .col(schema::string("region_code"))
            .col(schema::integer("month"))
            .primary_key(Index::create().col("region_code").col("month"))
            .to_owned();
        let focus_matter = Table::create()
            .table("focus_matter")
            .col(schema::uuid("matter_id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::integer("day"))
            .col(schema::string("agency_id"))
            .col(schema::string("item_code"))
            .col(schema::big_integer("fact_position"))
            .col(schema::uuid_null("fact_id"))
            .to_owned();
        for table in [focus_proposal, focus_weighed, focus_look, focus_matter] {
            manager.create_table(table).await?;
        }
        let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            index
        };
        let mut open = index("focus_proposal_open", "focus_proposal", &["open_object"]);
        for index in [
            index("focus_proposal_region", "focus_proposal", &["region_code", "id"]),
            index("focus_matter_day", "focus_matter", &["day", "region_code"]),
            index("focus_matter_fact_position", "focus_matter", &["fact_position"]),
            open.unique().to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        // Only poor ratings are looked for behind a proposal, and they are few.
        let poor = "CREATE INDEX focus_rating_poor ON focus_rating (given_at) WHERE level >= 3";
        manager.get_connection().execute_unprepared(poor).await?;
        Ok(())
    }
}
