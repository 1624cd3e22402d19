//! Where complaints gather: counts by item, stage and reason, the complaints that came without a rating, and
//! which rating of an act is among the counts.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_395_pain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut key = Index::create();
        for column in [
            "region_code",
            "day",
            "kind",
            "item_code",
            "stage",
            "reason",
            "agency_id",
            "line_id",
            "private",
        ] {
            key.col(column);
        }
        let pain = Table::create()
            .table("pain")
            .col(schema::string("region_code"))
            .col(schema::integer("day"))
            .col(schema::small_integer("kind"))
            .col(schema::string("item_code"))
            .col(schema::small_integer("stage"))
            .col(schema::string("reason"))
            .col(schema::string("agency_id"))
            .col(schema::string("line_id"))
            .col(schema::boolean("private"))
            .col(schema::big_integer("n"))
            .primary_key(&mut key)
            .to_owned();
        let complaint = Table::create()
            .table("complaint")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("item_code"))
            .col(schema::string("source"))
            .col(schema::integer("day"))
            .col(schema::boolean("private"))
            .col(schema::big_integer("fact_position"))
            .to_owned();
        for table in [pain, complaint] {
            manager.create_table(table).await?;
        }
        let mut index = Index::create();
        index.name("complaint_fact_position").table("complaint").col("fact_position");
        manager.create_index(index).await?;
        let added = [
            ("rating", schema::text("tags").default("").take()),
            ("act", schema::uuid_null("pain")),
        ];
        for (table, column) in added {
            let table = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
