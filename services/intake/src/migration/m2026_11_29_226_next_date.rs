//! What raters and business systems see of a ticket: the finding, the next date, who answers.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_226_next_date"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            schema::small_integer("finding").default(0).to_owned(),
            schema::string("next_due_on").default("").to_owned(),
            schema::string("agency_id").default("").to_owned(),
        ] {
            let table = Table::alter().table("outcome").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
