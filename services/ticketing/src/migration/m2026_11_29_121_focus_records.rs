//! Key targets, problems and measures about staff, their steps, and what problems led to.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_121_focus_records"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let focus_record = Table::create()
            .table("focus_record")
            .col(schema::uuid("id").primary_key())
            .col(schema::small_integer("kind"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::boolean("for_agency"))
            .col(schema::string_null("open_object"))
            .col(schema::integer("sequence"))
            .col(schema::binary("content"))
            .to_owned();
        let focus_step = Table::create()
            .table("focus_step")
            .col(schema::uuid("record_id"))
            .col(schema::integer("sequence"))
            .col(schema::binary("step"))
            .primary_key(Index::create().col("record_id").col("sequence"))
            .to_owned();
        let focus_effect = Table::create()
            .table("focus_effect")
            .col(schema::uuid("record_id"))
            .col(schema::string("item_code"))
            .col(schema::big_integer("version"))
            .col(schema::big_integer("published_at"))
            .primary_key(Index::create().col("record_id").col("item_code").col("version"))
            .to_owned();
        for table in [focus_record, focus_step, focus_effect] {
            manager.create_table(table).await?;
        }
        let index = |name: &'static str, columns: &[&'static str]| {
            let mut index = Index::create();
            index.name(name).table("focus_record");
            for column in columns {
                index.col(*column);
            }
            index
        };
        let mut open = index("focus_record_open", &["open_object"]);
        for index in [
            index("focus_record_region", &["kind", "region_code", "id"]),
            index("focus_record_agency", &["kind", "agency_id", "id"]),
            open.unique().to_owned(),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
