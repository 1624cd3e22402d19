//! Bulletins, their releases, and the media they were given to.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_390_bulletin"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bulletin = Table::create()
            .table("bulletin")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::small_integer("kind"))
            .col(schema::string("period"))
            .col(schema::integer("last_day"))
            .col(schema::integer("edition"))
            .col(schema::uuid_null("corrects"))
            .col(schema::big_integer("drafted_at"))
            .col(schema::big_integer("intake_position"))
            .col(schema::big_integer("ticketing_position"))
            .col(schema::boolean("history_lost"))
            .col(schema::binary("content"))
            .to_owned();
        let release = Table::create()
            .table("bulletin_release")
            .col(schema::uuid("bulletin_id"))
            .col(schema::small_integer("audience"))
            .col(schema::string("released_by"))
            .col(schema::big_integer("released_at"))
            .col(schema::string("withdrawn_by"))
            .col(schema::big_integer("withdrawn_at"))
            .col(schema::small_integer("fault"))
            .primary_key(Index::create().col("bulletin_id").col("audience"))
            .to_owned();
        let media = Table::create()
            .table("bulletin_media")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("bulletin_id"))
            .col(schema::string("outlet"))
            .col(schema::integer("released_on"))
            .col(schema::string("recorded_by"))
            .col(schema::big_integer("recorded_at"))
            .to_owned();
        for table in [bulletin, release, media] {
            manager.create_table(table).await?;
        }
        // Two replicas that draft the same leave one.
        let mut edition = Index::create();
        edition.name("bulletin_edition").table("bulletin").unique();
        for column in ["region_code", "period", "edition"] {
            edition.col(column);
        }
        manager.create_index(edition).await?;
        for (name, table, columns) in [
            ("bulletin_region", "bulletin", &["region_code", "last_day", "id"][..]),
            ("bulletin_media_of", "bulletin_media", &["bulletin_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
