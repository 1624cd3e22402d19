//! Messages to raters, and leases for jobs that need only one replica.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_104_message"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let message = Table::create()
            .table("message")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("act_id"))
            .col(schema::uuid("case_id"))
            .col(schema::string("region_code"))
            .col(schema::small_integer("kind").check(Expr::col("kind").between(1, 3)))
            .col(schema::small_integer("state").check(Expr::col("state").between(1, 4)))
            .col(schema::big_integer("due_at"))
            .col(schema::integer("attempts"))
            .col(schema::big_integer("next_attempt_at"))
            .col(schema::big_integer("leased_until"))
            .col(schema::string_null("last_error"))
            .col(schema::big_integer_null("sent_at"))
            .col(schema::string_null("gateway_reference"))
            .to_owned();
        let job = Table::create()
            .table("job")
            .col(schema::string("name").primary_key())
            .col(schema::uuid("holder"))
            .col(schema::big_integer("leased_until"))
            .to_owned();
        for table in [message, job] {
            manager.create_table(table).await?;
        }
        let of_act = Index::create()
            .name("message_of_act")
            .table("message")
            .unique()
            .col("act_id")
            .col("kind")
            .to_owned();
        let due = Index::create()
            .name("message_due")
            .table("message")
            .col("state")
            .col("next_attempt_at")
            .to_owned();
        for index in [of_act, due] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
