//! Which ratings are excluded, and which tickets have none left that counts.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_113_exclusion"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let exclusion = Table::create()
            .table("exclusion")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("rating_id"))
            .col(schema::uuid("act_id"))
            .col(schema::uuid("ticket_id"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::small_integer("ground"))
            .col(schema::small_integer("kind"))
            .col(schema::string("clause"))
            .col(schema::big_integer("since"))
            .col(schema::big_integer("reinstated_at"))
            .to_owned();
        manager.create_table(exclusion).await?;
        let excluded = schema::boolean("excluded").default(false).take();
        let ticket = Table::alter().table("ticket").add_column(excluded).to_owned();
        manager.alter_table(ticket).await?;
        for (name, table, columns) in [
            ("exclusion_act", "exclusion", &["act_id"][..]),
            ("exclusion_ticket", "exclusion", &["ticket_id"]),
            ("exclusion_region", "exclusion", &["region_code", "since", "id"]),
            ("rating_act", "rating", &["act_id"]),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
