//! When a text was accepted that was taken down after that.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_387_taken_down"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            schema::big_integer_null("accepted_at"),
            schema::string("accepted_by").default("").take(),
        ] {
            let table = Table::alter().table("text_review").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
