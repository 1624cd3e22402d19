//! Signals of fraud, their judgements, and the past that days are compared with.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_29_230_signals"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let signal = Table::create()
            .table("signal")
            .col(schema::uuid("id").primary_key())
            .col(schema::small_integer("kind"))
            .col(schema::small_integer("subject_kind"))
            .col(schema::string("subject_id"))
            .col(schema::string("period"))
            .col(schema::string("region_code"))
            .col(schema::string("agency_id"))
            .col(schema::string("first_day"))
            .col(schema::string("last_day"))
            .col(schema::double("probability"))
            .col(schema::double("threshold"))
            .col(schema::big_integer("seen"))
            .col(schema::big_integer("looked_at"))
            .col(schema::double("expected"))
            .col(schema::text("explanation"))
            .col(schema::binary("ratings"))
            .col(schema::big_integer("rating_count"))
            .col(schema::small_integer("state"))
            .col(schema::integer("judgements"))
            .col(schema::big_integer("found_at"))
            .to_owned();
        let judgement = Table::create()
            .table("signal_judgement")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("signal_id"))
            .col(schema::integer("sequence"))
            .col(schema::small_integer("verdict"))
            .col(schema::binary("reason"))
            .col(schema::string("judged_by"))
            .col(schema::big_integer("judged_at"))
            .to_owned();
        let day = Table::create()
            .table("signal_day")
            .col(schema::small_integer("subject_kind"))
            .col(schema::string("subject_id"))
            .col(schema::string("day"))
            .col(schema::text("counts"))
            .primary_key(Index::create().col("subject_kind").col("subject_id").col("day"))
            .to_owned();
        for table in [signal, judgement, day] {
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
        let of_subject = ["kind", "subject_kind", "subject_id", "period"];
        for index in [
            index("signal_once", "signal", &of_subject).unique().to_owned(),
            index("signal_region", "signal", &["region_code", "id"]),
            index("signal_judgement_of", "signal_judgement", &["signal_id", "sequence"])
                .unique()
                .to_owned(),
            index("signal_day_day", "signal_day", &["day"]),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}
