//! Private ratings wait until they can enter the figures unseen, and so do their tickets.

use sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_102_private"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let nothing = match manager.get_database_backend() {
            DbBackend::Postgres => "''",
            _ => "x''",
        };
        let no = |name: &'static str| schema::boolean(name).default(false).take();
        for (table, column) in [
            ("act", no("private")),
            ("act", schema::string("waits").default("").take()),
            ("act", schema::binary("counted").default(Expr::cust(nothing)).take()),
            ("rating", no("private")),
            ("rating", schema::uuid_null("rater")),
            ("ticket", schema::uuid_null("act_id")),
            ("ticket", schema::uuid_null("rating_id")),
            ("ticket", no("waits")),
            ("ticket", schema::integer("counted_on").default(0).take()),
        ] {
            let table = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        // Very few wait: the index holds only those.
        let waiting = "CREATE INDEX act_waits ON act (waits, id) WHERE waits <> ''";
        manager.get_connection().execute_unprepared(waiting).await?;
        let waiting = "CREATE INDEX ticket_waits ON ticket (agency_id, region_code) WHERE waits";
        manager.get_connection().execute_unprepared(waiting).await?;
        let of_act = Index::create().name("ticket_act").table("ticket").col("act_id").to_owned();
        manager.create_index(of_act).await
    }
}
