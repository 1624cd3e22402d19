//! Indexes for tables that grow without end: the lists of officers by region, and the matter of a
//! call-back.

use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_142_indexes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let indexes: [(&str, &str, &[&str]); 3] = [
            ("message_region", "message", &["region_code", "id"]),
            ("assessment_region", "assessment", &["region_code", "id"]),
            ("call_back_matter", "call_back", &["matter_id", "sequence"]),
        ];
        for (name, table, columns) in indexes {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
