//! Restricted matters that citizens report themselves come as facts of intake.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_341_reported"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [schema::big_integer_null("fact_position"), schema::uuid_null("fact_id")] {
            let table = Table::alter().table("restricted_matter").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let by_position = Index::create()
            .name("restricted_matter_fact_position")
            .table("restricted_matter")
            .col("fact_position")
            .to_owned();
        manager.create_index(by_position).await
    }
}
