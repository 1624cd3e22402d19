//! What was found true of units and staff, for the appraisal.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_356_finding"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let finding = Table::create()
            .table("finding")
            .col(schema::uuid("id").primary_key())
            .col(schema::small_integer("kind"))
            .col(schema::small_integer("subject"))
            .col(schema::string("subject_id"))
            .col(schema::string("agency_id"))
            .col(schema::string("region_code"))
            .col(schema::integer("day"))
            .col(schema::small_integer("signal_kind"))
            .col(schema::boolean("holds"))
            .col(schema::big_integer("fact_position"))
            .to_owned();
        manager.create_table(finding).await?;
        for (name, columns) in [
            ("finding_day", &["day", "id"][..]),
            ("finding_subject", &["subject_id", "day", "id"]),
            ("finding_agency", &["agency_id", "day", "id"]),
            ("finding_fact", &["fact_position"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("finding");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
