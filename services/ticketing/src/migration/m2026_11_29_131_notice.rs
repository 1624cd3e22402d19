//! What officers are told of deadlines.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_131_notice"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let notice = Table::create()
            .table("notice")
            .col(schema::big_integer("number").primary_key())
            .col(schema::string("agency_id"))
            .col(schema::string("region_code"))
            .col(schema::small_integer("kind"))
            .col(schema::string_null("digest_of"))
            .col(schema::big_integer("made_at"))
            .col(schema::binary("content"))
            .to_owned();
        manager.create_table(notice).await?;
        let once = Index::create()
            .name("notice_digest")
            .table("notice")
            .col("digest_of")
            .col("agency_id")
            .col("region_code")
            .unique()
            .to_owned();
        let newest = Index::create()
            .name("notice_newest")
            .table("notice")
            .col("agency_id")
            .col("region_code")
            .col("number")
            .to_owned();
        for index in [once, newest] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
