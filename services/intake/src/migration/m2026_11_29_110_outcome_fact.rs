//! By which fact it is known what became of a rating, so that what facts of another history said can be
//! taken back; and the number of a ticket's last step, so that one that comes late changes nothing.

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
        // What is known of a ticket before has been told in order: later steps have greater numbers.
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
