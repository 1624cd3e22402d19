//! What is needed to take back facts that are in no history any more: the last fact of each exclusion,
//! whose ticket may not be known; which tickets are hidden by ticketing's word; and by which fact each was
//! opened.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_30_001_forget"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in [
            ("exclusion", schema::big_integer("fact_position").default(0).take()),
            ("ticket", schema::boolean("own_private").default(false).take()),
            ("ticket", schema::big_integer("opened_position").default(0).take()),
        ] {
            let table = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let mut index = Index::create();
        index.name("exclusion_position").table("exclusion").col("fact_position");
        manager.create_index(index).await?;
        // Who hid those that are hidden is not known any more: they stay so.
        let hidden = "UPDATE ticket SET own_private = private";
        manager.get_connection().execute_unprepared(hidden).await.map(drop)
    }
}
