//! Tickets, their ratings and their steps.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_21_100_ticketing"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let ticket = Table::create()
            .table("ticket")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("act_id"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::boolean("real_name"))
            .col(schema::big_integer("opened_at"))
            .col(schema::big_integer("clock_started_at"))
            .col(schema::small_integer("state"))
            .col(schema::small_integer("finding"))
            .col(schema::integer("sequence"))
            .col(schema::big_integer("due_at"))
            .col(schema::binary("opening"))
            .col(schema::binary("deadlines"))
            .to_owned();
        let ticket_rating = Table::create()
            .table("ticket_rating")
            .col(schema::uuid("rating_id").primary_key())
            .col(schema::uuid("ticket_id"))
            .col(schema::big_integer("received_at"))
            .to_owned();
        let ticket_step = Table::create()
            .table("ticket_step")
            .col(schema::uuid("ticket_id"))
            .col(schema::integer("sequence"))
            .col(schema::binary("step"))
            .primary_key(Index::create().col("ticket_id").col("sequence"))
            .to_owned();
        for table in [ticket, ticket_rating, ticket_step] {
            manager.create_table(table).await?;
        }
        let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            index
        };
        for index in [
            index("ticket_act", "ticket", &["act_id"]),
            index("ticket_agency", "ticket", &["agency_id", "due_at", "id"]),
            index("ticket_region", "ticket", &["region_code", "due_at", "id"]),
            index("ticket_rating_ticket", "ticket_rating", &["ticket_id"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
