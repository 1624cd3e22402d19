//! The exchange by the national interface: how far each service's facts are read, what is known of cases and
//! tickets, and the queue of records with their receipts.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_405_national"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let cursor = Table::create()
            .table("national_cursor")
            .col(schema::string("producer").primary_key())
            .col(schema::big_integer("position"))
            .col(schema::uuid("fact_id"))
            .to_owned();
        let case = Table::create()
            .table("national_case")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("project_number"))
            .col(schema::big_integer("accepted_at"))
            .col(schema::integer("services"))
            .col(schema::uuid_null("last_service"))
            .col(schema::big_integer("position"))
            .to_owned();
        let ticket = Table::create()
            .table("national_ticket")
            .col(schema::uuid("ticket_id"))
            .col(schema::uuid("rating_id"))
            .col(schema::big_integer("position"))
            .primary_key(Index::create().col("ticket_id").col("rating_id"))
            .to_owned();
        let record = Table::create()
            .table("national_record")
            .col(schema::uuid("id").primary_key())
            .col(schema::small_integer("kind"))
            .col(schema::string("producer"))
            .col(schema::big_integer("position"))
            .col(schema::big_integer("recorded_at"))
            .col(schema::uuid_null("case_id"))
            .col(schema::uuid_null("act_id"))
            .col(schema::uuid_null("rating_id"))
            .col(schema::integer("service"))
            .col(schema::integer("rating"))
            .col(schema::small_integer("level"))
            .col(schema::uuid_null("needs"))
            .col(schema::binary("fact"))
            .col(schema::small_integer("state"))
            .col(schema::big_integer("due_at"))
            .col(schema::integer("tries").default(0))
            .col(schema::string("reason").default(""))
            .col(schema::text("words").default(""))
            .col(schema::string("receipt").default(""))
            .col(schema::big_integer_null("receipted_at"))
            .to_owned();
        let level = Table::create()
            .table("national_level")
            .col(schema::small_integer("level").primary_key())
            .col(schema::big_integer("kept"))
            .col(schema::big_integer("receipted"))
            .to_owned();
        let link = Table::create()
            .table("national_link")
            .col(schema::small_integer("id").primary_key())
            .col(schema::big_integer_null("receipted_at"))
            .col(schema::text("last_error"))
            .to_owned();
        for table in [cursor, case, ticket, record, level, link] {
            manager.create_table(table).await?;
        }
        for (name, columns) in [
            ("national_record_due", &["state", "due_at", "position"][..]),
            ("national_record_waiting", &["state", "level", "recorded_at"]),
            ("national_record_held", &["state", "reason"]),
            ("national_record_needs", &["needs"]),
            ("national_record_act", &["act_id"]),
            ("national_record_rating", &["rating_id"]),
            ("national_record_place", &["producer", "position"]),
        ] {
            let mut index = Index::create();
            index.name(name).table("national_record");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        for (name, column) in
            [("national_case_last", "last_service"), ("national_case_place", "position")]
        {
            let index = Index::create().name(name).table("national_case").col(column).to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
