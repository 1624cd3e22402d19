//! Items, organisation, documents.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_21_100_catalog"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let item = Table::create()
            .table("item")
            .col(schema::string("code"))
            .col(schema::integer("version"))
            .col(schema::string("region_code"))
            .col(schema::boolean("current"))
            .col(schema::string("channels"))
            .col(schema::big_integer("published_at"))
            .col(schema::binary("body"))
            .primary_key(Index::create().col("code").col("version"))
            .to_owned();
        let unit = Table::create()
            .table("unit")
            .col(schema::small_integer("kind"))
            .col(schema::string("id"))
            .col(schema::string("region_code"))
            .col(schema::string("name"))
            .col(schema::string_null("hall_id"))
            .col(schema::string_null("window_id"))
            .col(schema::string_null("agency_id"))
            .col(schema::text("detail"))
            .primary_key(Index::create().col("kind").col("id"))
            .to_owned();
        let document = Table::create()
            .table("document")
            .col(schema::small_integer("kind"))
            .col(schema::string("key"))
            .col(schema::big_integer("version"))
            .col(schema::binary("body"))
            .primary_key(Index::create().col("kind").col("key").col("version"))
            .to_owned();
        for table in [item, unit, document] {
            manager.create_table(table).await?;
        }
        let current = Index::create()
            .name("item_current")
            .table("item")
            .col("region_code")
            .col("current")
            .col("code")
            .to_owned();
        manager.create_index(current).await
    }
}
