//! Base items, changes with their steps, effects, units over time, and the last content of files.
//! The table `unit` is not read any more; a later step removes it, when no process reads it.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_22_200_changes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            schema::string("base_code").default("").to_owned(),
            schema::boolean("cancelled").default(false).to_owned(),
        ] {
            let added = Table::alter().table("item").add_column(column).to_owned();
            manager.alter_table(added).await?;
        }
        let published_at = schema::big_integer("published_at").default(0).to_owned();
        let added = Table::alter().table("document").add_column(published_at).to_owned();
        manager.alter_table(added).await?;
        // An item in force has its base code in characters 20 to 31 of its own code.
        let connection = manager.get_connection();
        connection.execute_unprepared("UPDATE item SET base_code = substr(code, 20, 12)").await?;
        let base_item = Table::create()
            .table("base_item")
            .col(schema::string("code"))
            .col(schema::integer("version"))
            .col(schema::boolean("current"))
            .col(schema::big_integer("published_at"))
            .col(schema::binary("body"))
            .primary_key(Index::create().col("code").col("version"))
            .to_owned();
        let change = Table::create()
            .table("change")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::string_null("agency_id"))
            .col(schema::small_integer("state"))
            .col(schema::integer("sequence"))
            .col(schema::binary("body"))
            .to_owned();
        let change_step = Table::create()
            .table("change_step")
            .col(schema::uuid("change_id"))
            .col(schema::integer("sequence"))
            .col(schema::small_integer("step"))
            .col(schema::string("officer_id"))
            .col(schema::big_integer("at"))
            .col(schema::text("note"))
            .primary_key(Index::create().col("change_id").col("sequence"))
            .to_owned();
        let effect = Table::create()
            .table("effect")
            .col(schema::small_integer("cause_kind"))
            .col(schema::string("cause_id"))
            .col(schema::big_integer("published_at"))
            .col(schema::string("code"))
            .col(schema::integer("version"))
            .primary_key(
                Index::create()
                    .col("cause_kind")
                    .col("cause_id")
                    .col("published_at")
                    .col("code")
                    .col("version"),
            )
            .to_owned();
        let unit_version = Table::create()
            .table("unit_version")
            .col(schema::string("unit_id"))
            .col(schema::integer("sequence"))
            .col(schema::binary("body"))
            .primary_key(Index::create().col("unit_id").col("sequence"))
            .to_owned();
        let loaded = Table::create()
            .table("loaded")
            .col(schema::small_integer("kind"))
            .col(schema::string("key"))
            .col(schema::binary("digest"))
            .primary_key(Index::create().col("kind").col("key"))
            .to_owned();
        for table in [base_item, change, change_step, effect, unit_version, loaded] {
            manager.create_table(table).await?;
        }
        for index in [
            Index::create()
                .name("item_base")
                .table("item")
                .col("base_code")
                .col("current")
                .to_owned(),
            Index::create()
                .name("change_region")
                .table("change")
                .col("region_code")
                .col("id")
                .to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
