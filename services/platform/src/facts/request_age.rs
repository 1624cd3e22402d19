//! Answered requests are deleted by their age.

use sea_orm_migration::prelude::*;

/// Adds an index by age.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_003_request_age"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let by_age = Index::create()
            .name("request_answered_at")
            .table("request")
            .col("answered_at")
            .to_owned();
        manager.create_index(by_age).await
    }
}
