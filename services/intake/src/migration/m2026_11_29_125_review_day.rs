//! How many reviews a known citizen gave on a day.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_125_review_day"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let review_day = Table::create()
            .table("review_day")
            .col(schema::binary("number_index"))
            .col(schema::string("day"))
            .col(schema::integer("reviews"))
            .col(schema::integer("tickets"))
            .primary_key(Index::create().col("number_index").col("day"))
            .to_owned();
        manager.create_table(review_day).await?;
        let by_day =
            Index::create().name("review_day_day").table("review_day").col("day").to_owned();
        manager.create_index(by_day).await
    }
}
