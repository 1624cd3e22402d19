//! All channels: who applied, every step of a case, windows, batches, packages, defaults, signals.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_102_channels"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let case_file = [
            schema::small_integer("mode").default(3).to_owned(),
            schema::small_integer("rater_kind").default(0).to_owned(),
            schema::binary_null("applicant"),
            schema::binary_null("number_index"),
            schema::binary_null("phone_index"),
            schema::string_null("batch_number"),
            schema::binary_null("involved"),
            schema::binary_null("pushed"),
        ];
        let service_act = [
            schema::string_null("window_id"),
            schema::string_null("staff_id"),
            schema::string_null("hall_id"),
            schema::big_integer_null("reported_at"),
            schema::binary_null("involved"),
            schema::uuid_null("batch_id"),
            schema::big_integer_null("default_due_at"),
            schema::boolean("offered").default(true).to_owned(),
        ];
        let rating = [
            schema::uuid_null("batch_id"),
            schema::string_null("entered_by"),
            schema::string_null("reference"),
            schema::binary_null("network"),
            schema::integer_null("shown_ms"),
        ];
        // SQLite adds one column at a time.
        for column in case_file {
            add(manager, "case_file", column).await?;
        }
        for column in service_act {
            add(manager, "service_act", column).await?;
        }
        for column in rating {
            add(manager, "rating", column).await?;
        }
        let case_step = Table::create()
            .table("case_step")
            .col(schema::uuid("case_id"))
            .col(schema::small_integer("stage"))
            .col(schema::integer("service_number"))
            .col(schema::big_integer_null("reported_at"))
            .col(schema::big_integer("received_at"))
            .col(schema::string("agency_id"))
            .col(schema::string_null("window_id"))
            .col(schema::string_null("staff_id"))
            .primary_key(Index::create().col("case_id").col("stage").col("service_number"))
            .to_owned();
        manager.create_table(case_step).await?;
        let index = |name: &'static str, table: &'static str, columns: &[&'static str]| {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            index
        };
        let indexes = [
            index("case_file_of_number", "case_file", &["number_index", "accepted_at"]),
            index("case_file_of_phone", "case_file", &["phone_index", "accepted_at"]),
            index("service_act_at_window", "service_act", &["window_id", "served_at"]),
            index("service_act_default", "service_act", &["default_due_at"]),
            index("service_act_batch", "service_act", &["batch_id"]),
        ];
        for index in indexes {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}
