//! Which fact each row came from, and the dimensions of an act, so that rows from facts of another
//! history can be taken back. Late steps of a ticket change nothing.

use sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_101_fact"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let numbers = |name: &'static str| schema::big_integer(name).default(0).take();
        let nothing = match manager.get_database_backend() {
            DbBackend::Postgres => "''",
            _ => "x''",
        };
        let mut act = schema::binary("act");
        let added =
            [("act", act.default(Expr::cust(nothing)).take()), ("ticket", numbers("sequence"))];
        for (table, column) in added {
            let table = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        for table in ["act", "rating", "ticket"] {
            for column in [numbers("fact_position"), schema::uuid_null("fact_id")] {
                let table = Table::alter().table(table).add_column(column).to_owned();
                manager.alter_table(table).await?;
            }
            let by_position = Index::create()
                .name(format!("{table}_fact_position"))
                .table(table)
                .col("fact_position")
                .to_owned();
            manager.create_index(by_position).await?;
        }
        Ok(())
    }
}
