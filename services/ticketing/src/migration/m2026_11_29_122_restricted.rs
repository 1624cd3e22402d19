//! Restricted matters, their steps and the looks at them.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_122_restricted"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let restricted_matter = Table::create()
            .table("restricted_matter")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::integer("sequence"))
            .col(schema::binary("content"))
            .to_owned();
        let restricted_step = Table::create()
            .table("restricted_step")
            .col(schema::uuid("matter_id"))
            .col(schema::integer("sequence"))
            .col(schema::binary("step"))
            .primary_key(Index::create().col("matter_id").col("sequence"))
            .to_owned();
        let restricted_look = Table::create()
            .table("restricted_look")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("matter_id"))
            .col(schema::binary("look"))
            .to_owned();
        for table in [restricted_matter, restricted_step, restricted_look] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("restricted_matter_region", "restricted_matter", ["region_code", "id"]),
            ("restricted_look_matter", "restricted_look", ["matter_id", "id"]),
        ] {
            let index =
                Index::create().name(name).table(table).col(columns[0]).col(columns[1]).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
