//! The review of what negative ratings say.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_118_text_review"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text_review = Table::create()
            .table("text_review")
            .col(schema::uuid("rating_id").primary_key())
            .col(schema::uuid("ticket_id"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::boolean("has_text"))
            .col(schema::text("tag_codes"))
            .col(schema::boolean("silence_accepts"))
            .col(schema::big_integer("due_at"))
            .col(schema::binary("deadline"))
            .col(schema::small_integer("verdict"))
            .col(schema::small_integer("ground"))
            .col(schema::big_integer_null("decided_at"))
            .col(schema::string("decided_by"))
            .col(schema::big_integer("fact_position"))
            .to_owned();
        manager.create_table(text_review).await?;
        for (name, columns) in [
            ("text_review_region", &["region_code", "due_at", "rating_id"][..]),
            ("text_review_fact_position", &["fact_position"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("text_review");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        // Of all reviews few wait: the index holds only those.
        let waiting = "CREATE INDEX text_review_waits ON text_review (due_at, rating_id) \
                       WHERE verdict = 0";
        manager.get_connection().execute_unprepared(waiting).await.map(drop)
    }
}
