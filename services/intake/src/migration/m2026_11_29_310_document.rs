//! Documents: scans of paper forms, and what surveys and assessments rest on.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_310_document"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let document = Table::create()
            .table("document")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("subject_id"))
            .col(schema::string("media_type"))
            .col(schema::big_integer("size"))
            .col(schema::binary("sha256"))
            .col(schema::big_integer("uploaded_at"))
            .col(schema::binary("about"))
            .col(schema::binary("data_key"))
            .to_owned();
        manager.create_table(document).await?;
        let of_subject = Index::create()
            .name("document_subject")
            .table("document")
            .col("subject_id")
            .col("uploaded_at")
            .col("id")
            .to_owned();
        manager.create_index(of_subject).await
    }
}
