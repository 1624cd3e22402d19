//! The words that published texts are about.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_410_words"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [
            schema::text("words").default("").take(),
            schema::big_integer("words_position").default(0).take(),
        ] {
            let table = Table::alter().table("rating").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        // Few ratings have words.
        let told = "CREATE INDEX rating_words ON rating (words_position) WHERE words_position > 0";
        manager.get_connection().execute_unprepared(told).await.map(drop)
    }
}
