//! Ratings that may be shown one by one, found by region or agency and by day.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_386_listing"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let listing = Table::create()
            .table("listing")
            .col(schema::uuid("rating_id").primary_key())
            .col(schema::uuid("act_id"))
            .col(schema::uuid("shown_as"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("item_code"))
            .col(schema::integer("day"))
            .col(schema::small_integer("level"))
            .col(schema::small_integer("channel"))
            .col(schema::small_integer("origin"))
            .col(schema::string("tag_codes"))
            .col(schema::boolean("has_text"))
            .col(schema::big_integer("fact_position"))
            .to_owned();
        manager.create_table(listing).await?;
        for (name, columns) in [
            ("listing_region", &["region_code", "day", "shown_as"][..]),
            ("listing_agency", &["agency_id", "region_code", "day", "shown_as"]),
            ("listing_position", &["fact_position"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("listing");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
