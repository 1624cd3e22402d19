//! Why officers looked at persons' data, and what raters permit.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_104_people"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let look = Table::create()
            .table("look")
            .col(schema::uuid("id").primary_key())
            .col(schema::binary("note"))
            .to_owned();
        let permission = Table::create()
            .table("permission")
            .col(schema::uuid("case_id"))
            .col(schema::integer("number"))
            .col(schema::boolean("granted"))
            .col(schema::big_integer("recorded_at"))
            .primary_key(Index::create().col("case_id").col("number"))
            .to_owned();
        for table in [look, permission] {
            manager.create_table(table).await?;
        }
        Ok(())
    }
}
