//! Phones that want no more messages.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_109_opt_out"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let opt_out = Table::create()
            .table("opt_out")
            .col(schema::binary("phone_index").primary_key())
            .col(schema::big_integer("since"))
            .to_owned();
        manager.create_table(opt_out).await
    }
}
