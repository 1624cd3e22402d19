//! Which private ratings were looked at together before, and have to wait for as many others.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_385_looked"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = schema::boolean("looked").default(false).to_owned();
        manager.alter_table(Table::alter().table("act").add_column(column).to_owned()).await?;
        let connection = manager.get_connection();
        connection.execute_unprepared("DROP INDEX act_waits").await?;
        let waiting = "CREATE INDEX act_waits ON act (waits, looked, id) WHERE waits <> ''";
        connection.execute_unprepared(waiting).await.map(drop)
    }
}
