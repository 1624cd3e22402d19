//! Ratings of whole batches: the acts that get each, and how many are still open.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_124_batch_rating"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let batch_rating = Table::create()
            .table("batch_rating")
            .col(schema::uuid("rating_id").primary_key())
            .col(schema::uuid("batch_id"))
            .col(schema::small_integer("stage"))
            .col(schema::small_integer("origin"))
            .col(schema::big_integer("given_at"))
            .col(schema::boolean("identified"))
            .col(schema::string("reach"))
            .col(schema::binary("acts"))
            .col(schema::integer("done"))
            .col(schema::big_integer_null("owed_since"))
            .to_owned();
        manager.create_table(batch_rating).await?;
        let of_batch = Index::create()
            .name("batch_rating_of_batch")
            .table("batch_rating")
            .col("batch_id")
            .col("stage")
            .to_owned();
        manager.create_index(of_batch).await?;
        let owed = Index::create()
            .name("batch_rating_owed")
            .table("batch_rating")
            .col("owed_since")
            .to_owned();
        manager.create_index(owed).await
    }
}
