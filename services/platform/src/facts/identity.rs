//! Histories have an identity: the cursor keeps the id of the last applied fact. Facts that are set
//! aside have a reason, and the test for a writable store has its row.

use sea_orm_migration::{prelude::*, schema};

/// Adds what is described above.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_002_identity"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut reconciled = schema::big_integer("reconciled");
        let mut whole_at = schema::big_integer("whole_at");
        let mut kind = schema::small_integer("kind");
        let mut asked = schema::boolean("asked");
        // An older version could not apply what it set aside: it counts as broken until tried
        // again.
        let added = [
            ("fact_cursor", schema::uuid_null("fact_id")),
            ("fact_cursor", schema::big_integer_null("fact_position")),
            ("fact_cursor", schema::text_null("halted")),
            ("fact_cursor", reconciled.default(0).take()),
            ("fact_cursor", whole_at.default(0).take()),
            ("fact_parked", kind.default(1).take()),
            ("fact_parked", asked.default(false).take()),
        ];
        for (table, column) in added {
            let table = Table::alter().table(table).add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        let probe = Table::create()
            .table("store_probe")
            .col(schema::small_integer("id").primary_key())
            .col(schema::big_integer("tries"))
            .to_owned();
        manager.create_table(probe).await?;
        let row = "INSERT INTO store_probe (id, tries) VALUES (1, 0)";
        manager.get_connection().execute_unprepared(row).await?;
        Ok(())
    }
}
