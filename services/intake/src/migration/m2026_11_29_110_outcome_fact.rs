//! Which fact a rating's outcome comes from, so that outcomes of another history can be taken back;
//! and the number of a ticket's last step, so that a late step changes nothing.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_110_outcome_fact"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let number = |name: &'static str| schema::big_integer(name).default(0).take();
        // Earlier facts about a ticket came in order: later steps have greater numbers.
        for column in [
            number("opened_at"),
            number("sequence"),
            number("fact_position"),
            schema::uuid_null("fact_id"),
        ] {
            let table = Table::alter().table("outcome").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let by_position = Index::create()
            .name("outcome_fact_position")
            .table("outcome")
            .col("fact_position")
            .to_owned();
        manager.create_index(by_position).await
    }
}
