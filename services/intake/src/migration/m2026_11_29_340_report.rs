//! Citizens' reports of retaliation, obstruction or a leak.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_340_report"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let report = Table::create()
            .table("report")
            .col(schema::uuid("id").primary_key())
            .col(schema::binary("reporter"))
            .col(schema::small_integer("kind"))
            .col(schema::string("region_code"))
            .col(schema::string("accused_unit_id"))
            .col(schema::string_null("served_staff_id"))
            .col(schema::binary("words"))
            .col(schema::big_integer("received_at"))
            .col(schema::boolean_null("upheld"))
            .col(schema::big_integer_null("decided_at"))
            .col(schema::big_integer_null("fact_position"))
            .col(schema::uuid_null("fact_id"))
            .to_owned();
        manager.create_table(report).await?;
        for (name, columns) in [
            ("report_reporter", &["reporter", "received_at"][..]),
            ("report_fact_position", &["fact_position"][..]),
        ] {
            let mut index = Index::create();
            index.name(name).table("report");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
