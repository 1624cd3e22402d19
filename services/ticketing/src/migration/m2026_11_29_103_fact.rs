//! Which fact of intake brought a rating or a matter to its ticket.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_103_fact"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["ticket", "ticket_rating"] {
            for column in [schema::big_integer_null("fact_position"), schema::uuid_null("fact_id")]
            {
                let table = Table::alter().table(table).add_column(column).to_owned();
                manager.alter_table(table).await?;
            }
            let by_position = Index::create()
                .name(format!("{table}_fact_position"))
                .table(table)
                .col("fact_position")
                .to_owned();
            manager.create_index(by_position).await?;
        }
        Ok(())
    }
}
