//! Pain points by item, by line and by word, so that reading one does not read its region's days.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_30_002_pain"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, first) in [("pain_item", "item_code"), ("pain_line", "line_id")] {
            let mut index = Index::create();
            index.name(name).table("pain").col(first).col("day").col("region_code");
            manager.create_index(index).await?;
        }
        // Nothing but words is looked for by what it says.
        let words = "CREATE INDEX pain_word ON pain (reason, day, region_code) WHERE kind = 4";
        manager.get_connection().execute_unprepared(words).await.map(drop)
    }
}
