//! Ledgers are read in the order in which tickets were opened.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_140_ledger"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, whose) in
            [("ticket_opened_authority", "authority_region"), ("ticket_opened_agency", "agency_id")]
        {
            let opened = Index::create()
                .name(name)
                .table("ticket")
                .col(whose)
                .col("opened_at")
                .col("id")
                .to_owned();
            manager.create_index(opened).await?;
        }
        Ok(())
    }
}
