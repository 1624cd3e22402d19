//! Reference data with the position of their fact, so that only newer data are read again.

use sea_orm_migration::prelude::*;

/// Adds the position to reference data.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_22_001_reference_position"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // During an upgrade a process of the version before writes rows without a position: they
        // count as newer than anything, so that nobody misses them.
        let position = ColumnDef::new("position").big_integer().not_null().default(i64::MAX).take();
        let table = Table::alter().table("reference").add_column(position).to_owned();
        manager.alter_table(table).await?;
        // Agencies, terminals, calendars and tag lists have it as their version. Items and profiles
        // (1 and 4) do not have it: they get the first position, which a starting process reads
        // past.
        let known =
            "UPDATE reference SET position = CASE WHEN kind IN (1, 4) THEN 1 ELSE version END";
        manager.get_connection().execute_unprepared(known).await?;
        let by_position = Index::create()
            .name("reference_position")
            .table("reference")
            .col("kind")
            .col("position")
            .to_owned();
        manager.create_index(by_position).await
    }
}
