//! Which further agencies a package's ticket is about. Of tickets of before it is known once the figures
//! are rebuilt.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_416_ticket_part"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let part = Table::create()
            .table("ticket_part")
            .col(schema::uuid("ticket_id"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .primary_key(Index::create().col("ticket_id").col("region_code").col("agency_id"))
            .to_owned();
        manager.create_table(part).await?;
        let by_area = Index::create()
            .name("ticket_part_area")
            .table("ticket_part")
            .col("region_code")
            .col("agency_id")
            .col("ticket_id")
            .to_owned();
        manager.create_index(by_area).await
    }
}
