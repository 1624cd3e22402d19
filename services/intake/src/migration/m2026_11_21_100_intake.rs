//! Cases, service acts, ratings.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_21_100_intake"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let case_file = Table::create()
            .table("case_file")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::string("project_number"))
            .col(schema::string("item_code"))
            .col(schema::integer("item_version"))
            .col(schema::string("item_name"))
            .col(schema::string_null("line_id"))
            .col(schema::string("agency_id"))
            .col(schema::string("terminal_id"))
            .col(schema::string("policy"))
            .col(schema::boolean("real_name"))
            .col(schema::big_integer("accepted_at"))
            .col(schema::big_integer_null("completed_at"))
            .col(schema::binary("promised"))
            .col(schema::binary("entries"))
            .to_owned();
        let service_act = Table::create()
            .table("service_act")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("case_id"))
            .col(schema::small_integer("stage"))
            .col(schema::integer("service_number"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("item_code"))
            .col(schema::integer("item_version"))
            .col(schema::string_null("terminal_id"))
            .col(schema::string_null("line_id"))
            .col(schema::big_integer("served_at"))
            .col(schema::string("policy"))
            .col(schema::boolean("real_name"))
            .col(schema::big_integer_null("closes_at"))
            .col(schema::binary_null("rating_window"))
            .to_owned();
        // The checks are the store's own last word: a row that breaks them is refused alone.
        let rating = Table::create()
            .table("rating")
            .col(schema::uuid("id").primary_key())
            .col(schema::binary("request_key"))
            .col(schema::binary("body_hash"))
            .col(schema::uuid("act_id"))
            .col(schema::small_integer("level").check(Expr::col("level").between(1, 5)))
            .col(schema::text("tag_codes"))
            .col(schema::string("tag_list_version"))
            .col(schema::binary("words"))
            .col(schema::boolean("has_text"))
            .col(schema::small_integer("channel").check(Expr::col("channel").gt(0)))
            .col(schema::small_integer("origin").check(Expr::col("origin").gt(0)))
            .col(schema::boolean("private"))
            .col(schema::big_integer("received_at"))
            .col(schema::big_integer_null("reported_at"))
            .to_owned();
        for table in [case_file, service_act, rating] {
            manager.create_table(table).await?;
        }
        let unique = |name: &'static str, table: &'static str, columns: &[&'static str]| {
            let mut index = Index::create();
            index.name(name).table(table).unique();
            for column in columns {
                index.col(*column);
            }
            index
        };
        let keys = [
            unique("case_file_number", "case_file", &["project_number", "region_code"]),
            unique("service_act_key", "service_act", &["case_id", "stage", "service_number"]),
            unique("rating_request", "rating", &["request_key"]),
        ];
        for key in keys {
            manager.create_index(key).await?;
        }
        let of_act = Index::create().name("rating_act").table("rating").col("act_id").to_owned();
        manager.create_index(of_act).await
    }
}
