//! Appeals, the exclusions they or a verification lead to, and the duties of both.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_117_appeal"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let appeal = Table::create()
            .table("appeal")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("rating_id"))
            .col(schema::uuid("ticket_id"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("policy"))
            .col(schema::small_integer("office"))
            .col(schema::string("staff_id"))
            .col(schema::string("lodged_by"))
            .col(schema::big_integer("lodged_at"))
            .col(schema::small_integer("state"))
            .col(schema::small_integer("ground"))
            .col(schema::big_integer("due_at"))
            .col(schema::binary("deadlines"))
            .col(schema::binary("statement"))
            .col(schema::text("document_ids"))
            .col(schema::big_integer_null("decided_at"))
            .col(schema::string("decided_by"))
            .col(schema::string("document_number"))
            .col(schema::binary("reason"))
            .to_owned();
        let duty = Table::create()
            .table("exclusion_duty")
            .col(schema::uuid("subject_id"))
            .col(schema::integer("duty"))
            .col(schema::integer("sequence"))
            .col(schema::big_integer("at"))
            .col(schema::string("done_by"))
            .col(schema::string("document_number"))
            .col(schema::binary("note"))
            .primary_key(Index::create().col("subject_id").col("duty"))
            .to_owned();
        let exclusion = Table::create()
            .table("exclusion")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("rating_id"))
            .col(schema::uuid("ticket_id"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::small_integer("ground"))
            .col(schema::big_integer("since"))
            .col(schema::string("decided_by"))
            .col(schema::small_integer("office"))
            .col(schema::uuid_null("appeal_id"))
            .col(schema::string("clause"))
            .col(schema::big_integer_null("completed_at"))
            .col(schema::big_integer_null("reinstated_at"))
            .col(schema::string("reinstated_by"))
            .col(schema::binary("reinstate_reason"))
            .to_owned();
        for table in [appeal, duty, exclusion] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("appeal_region", "appeal", &["region_code", "due_at", "id"][..]),
            ("appeal_agency", "appeal", &["agency_id", "due_at", "id"]),
            ("appeal_rating", "appeal", &["rating_id"]),
            ("exclusion_region", "exclusion", &["region_code", "since", "id"]),
            ("exclusion_agency", "exclusion", &["agency_id", "since", "id"]),
            ("exclusion_ticket", "exclusion", &["ticket_id"]),
            ("exclusion_appeal", "exclusion", &["appeal_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        // Whatever two replicas do at once: a rating has one open appeal, and is excluded once.
        for once in [
            "CREATE UNIQUE INDEX appeal_open ON appeal (rating_id) WHERE state IN (1, 2)",
            "CREATE UNIQUE INDEX exclusion_lasts ON exclusion (rating_id) \
             WHERE reinstated_at IS NULL",
        ] {
            manager.get_connection().execute_unprepared(once).await?;
        }
        Ok(())
    }
}
