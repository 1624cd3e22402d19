//! Which version of the fold made the figures, and what later versions count of tickets.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_360_fold"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["real_name", "followed_up"] {
            let column = schema::boolean(name).default(false).to_owned();
            let table = Table::alter().table("ticket").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let fold = Table::create()
            .table("fold")
            .col(schema::small_integer("id").primary_key())
            .col(schema::integer("version"))
            .to_owned();
        manager.create_table(fold).await?;
        // What is there was folded by the first version; an empty store will be by its program's.
        let first = "INSERT INTO fold (id, version) SELECT 1, 1 \
                     WHERE EXISTS (SELECT 1 FROM act) OR EXISTS (SELECT 1 FROM ticket)";
        manager.get_connection().execute_unprepared(first).await?;
        Ok(())
    }
}
