//! The steps of a window, for its evaluator: also those that nobody is asked to rate.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_108_window_steps"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut at_window = Index::create();
        at_window.name("case_step_at_window").table("case_step").col("window_id");
        manager.create_index(at_window.col("received_at").to_owned()).await
    }
}
