//! Terminals as a fleet, and the certificates of their devices.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_30_001_terminals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let zero = |name: &str| schema::big_integer(name.to_owned()).default(0).to_owned();
        let empty = |name: &str| schema::string(name.to_owned()).default("").to_owned();
        let terminal = Table::create()
            .table("terminal")
            .col(schema::string("terminal_id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::boolean("stands"))
            .col(schema::small_integer("state"))
            .col(schema::binary_null("code_hash"))
            .col(schema::big_integer_null("code_ends_at"))
            .col(schema::binary_null("code_key"))
            .col(schema::string_null("serial"))
            .col(schema::big_integer_null("registered_at"))
            .col(schema::big_integer_null("certificate_ends_at"))
            .col(schema::big_integer_null("stopped_at"))
            .col(schema::small_integer("stop_reason").default(0).to_owned())
            .col(schema::big_integer_null("heard_at"))
            .col(schema::boolean("silence_told").default(false).to_owned())
            .col(empty("software_version"))
            .col(zero("clock_ahead"))
            .col(zero("waiting"))
            .col(zero("room"))
            .col(zero("oldest_waiting_seconds"))
            .col(empty("screen_error"))
            .col(empty("shown_version"))
            .col(schema::integer("revision").default(0).to_owned())
            .col(schema::binary_null("configuration"))
            .to_owned();
        let certificate = Table::create()
            .table("terminal_certificate")
            .col(schema::string("serial").primary_key())
            .col(schema::string("terminal_id"))
            .col(schema::binary("key_hash"))
            .col(schema::big_integer("begins_at"))
            .col(schema::big_integer("ends_at"))
            .col(schema::binary("body"))
            .to_owned();
        for table in [terminal, certificate] {
            manager.create_table(table).await?;
        }
        let index = |table: &str, name: &str, columns: &[&str]| {
            let mut index = Index::create();
            index.table(table.to_owned()).name(name.to_owned());
            for column in columns {
                index.col((*column).to_owned());
            }
            index
        };
        for index in [
            index("terminal", "terminal_code", &["code_hash"]).unique().to_owned(),
            index("terminal", "terminal_region", &["region_code", "terminal_id"]),
            index("terminal", "terminal_silence", &["silence_told", "heard_at"]),
            index("terminal", "terminal_ends", &["state", "certificate_ends_at"]),
            index("terminal_certificate", "terminal_certificate_of", &["terminal_id", "begins_at"]),
        ] {
            manager.create_index(index.to_owned()).await?;
        }
        Ok(())
    }
}
