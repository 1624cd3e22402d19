//! The raters' own answers to follow-ups, so that those of another history can be taken back.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_325_follow_up_answer"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("follow_up_answer")
            .col(schema::uuid("ticket_id"))
            .col(schema::integer("sequence"))
            .col(schema::big_integer("closed_at"))
            .col(schema::boolean("satisfied"))
            .col(schema::big_integer("fact_position"))
            .col(schema::uuid("fact_id"))
            .primary_key(Index::create().col("ticket_id").col("sequence"))
            .to_owned();
        manager.create_table(table).await?;
        let by_position = Index::create()
            .name("follow_up_answer_position")
            .table("follow_up_answer")
            .col("fact_position")
            .to_owned();
        manager.create_index(by_position).await
    }
}
