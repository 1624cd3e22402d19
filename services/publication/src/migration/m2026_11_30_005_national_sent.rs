//! Records of the national interface say when they were first sent: what was sent may be at the platform, whether
//! its answer came or not. And they keep the number that the platform gave a service, where it numbers them.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_30_005_national_sent"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut number = schema::integer("number");
        for column in [schema::big_integer_null("sent_at"), number.default(0).take()] {
            let table = Table::alter().table("national_record").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        // A version without the column sent it: whatever has a receipt, and whatever was answered at all.
        let sent = "UPDATE national_record SET sent_at = COALESCE(receipted_at, due_at) \
                    WHERE (state >= 2 AND reason <> 'NOT_TOLD') OR reason LIKE 'PLATFORM_%'";
        manager.get_connection().execute_unprepared(sent).await?;
        for (name, column) in
            [("national_record_case", "case_id"), ("national_record_receipt", "receipt")]
        {
            let index = Index::create().name(name).table("national_record").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
