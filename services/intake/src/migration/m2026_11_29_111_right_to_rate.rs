//! The right to rate an act stays with the act, and former applicants of a case are kept.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_111_right_to_rate"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for name in ["number_index", "phone_index"] {
            let column = schema::binary_null(name);
            let table = Table::alter().table("service_act").add_column(column).to_owned();
            manager.alter_table(table).await?;
        }
        // For older acts it is unknown who was known when they were opened.
        let known = "UPDATE service_act SET \
            number_index = (SELECT c.number_index FROM case_file c WHERE c.id = case_id), \
            phone_index = (SELECT c.phone_index FROM case_file c WHERE c.id = case_id)";
        manager.get_connection().execute_unprepared(known).await?;
        let former_applicant = Table::create()
            .table("former_applicant")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("case_id"))
            .col(schema::binary_null("applicant"))
            .col(schema::binary_null("number_index"))
            .col(schema::binary_null("phone_index"))
            .col(schema::big_integer("replaced_at"))
            .col(schema::string("replaced_by"))
            .to_owned();
        manager.create_table(former_applicant).await?;
        for (name, table, columns) in [
            ("service_act_of_number", "service_act", ["number_index", "served_at"]),
            ("service_act_of_phone", "service_act", ["phone_index", "served_at"]),
            ("former_applicant_of_case", "former_applicant", ["case_id", "replaced_at"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
