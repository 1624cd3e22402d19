//! The signs that separate the acts of a phone in replies.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_112_reply_sign"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reply_sign = Table::create()
            .table("reply_sign")
            .col(schema::binary("phone_index"))
            .col(schema::integer("sign"))
            .col(schema::uuid("act_id").unique_key())
            .primary_key(Index::create().col("phone_index").col("sign"))
            .to_owned();
        manager.create_table(reply_sign).await
    }
}
