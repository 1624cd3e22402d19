//! Open tickets are counted by their state, without reading the closed ones.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_30_350_state"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let state = Index::create().name("ticket_state").table("ticket").col("state").to_owned();
        manager.create_index(state).await
    }
}
