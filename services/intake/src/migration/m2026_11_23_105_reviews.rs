//! Public reviews and complaints, their summaries; surveys, call-backs, assessments.

use sea_orm_migration::{prelude::*, schema};

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_23_105_reviews"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let review = Table::create()
            .table("review")
            .col(schema::uuid("id").primary_key())
            .col(schema::small_integer("source"))
            .col(schema::string("region_code"))
            .col(schema::string_null("agency_id"))
            .col(schema::string_null("item_code"))
            .col(schema::string_null("unit_id"))
            .col(schema::small_integer_null("level"))
            .col(schema::boolean("real_name"))
            .col(schema::boolean("private"))
            .col(schema::boolean("wants_ticket"))
            .col(schema::string("said_on"))
            .col(schema::string_null("original_number"))
            .col(schema::binary("content"))
            .col(schema::binary_null("content_hash"))
            .col(schema::string_null("recorded_by"))
            .col(schema::string_null("recorded_region"))
            .col(schema::binary_null("network"))
            .col(schema::big_integer("received_at"))
            .to_owned();
        let review_summary = Table::create()
            .table("review_summary")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::binary("summary"))
            .col(schema::string("published_by"))
            .col(schema::big_integer("published_at"))
            .to_owned();
        let survey = Table::create()
            .table("survey")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::binary("plan"))
            .col(schema::binary("seed"))
            .col(schema::binary("pseudonym_key"))
            .col(schema::string("planned_by"))
            .col(schema::big_integer_null("drawn_at"))
            .col(schema::binary_null("draw"))
            .to_owned();
        let survey_act = Table::create()
            .table("survey_act")
            .col(schema::uuid("survey_id"))
            .col(schema::uuid("act_id"))
            .col(schema::binary("pseudonym"))
            .col(schema::boolean("drawn"))
            .primary_key(Index::create().col("survey_id").col("act_id"))
            .to_owned();
        let call_back = Table::create()
            .table("call_back")
            .col(schema::uuid("id").primary_key())
            .col(schema::uuid("survey_id"))
            .col(schema::uuid("act_id"))
            .col(schema::integer("sequence"))
            .col(schema::boolean("by_hotline"))
            .col(schema::boolean("reached"))
            .col(schema::boolean_null("policy_known"))
            .col(schema::boolean_null("convenient"))
            .col(schema::small_integer_null("level"))
            .col(schema::binary("words"))
            .col(schema::boolean("has_problem"))
            .col(schema::uuid_null("matter_id"))
            .col(schema::string("recorded_by"))
            .col(schema::big_integer("recorded_at"))
            .to_owned();
        let assessment = Table::create()
            .table("assessment")
            .col(schema::uuid("id").primary_key())
            .col(schema::string("region_code"))
            .col(schema::binary("content"))
            .col(schema::string("recorded_by"))
            .col(schema::big_integer("recorded_at"))
            .to_owned();
        for table in [review, review_summary, survey, survey_act, call_back, assessment] {
            manager.create_table(table).await?;
        }
        let number = Index::create()
            .name("review_number")
            .table("review")
            .col("recorded_region")
            .col("source")
            .col("original_number")
            .unique()
            .to_owned();
        let sequence = Index::create()
            .name("call_back_sequence")
            .table("call_back")
            .col("survey_id")
            .col("act_id")
            .col("sequence")
            .unique()
            .to_owned();
        let pseudonym = Index::create()
            .name("survey_act_pseudonym")
            .table("survey_act")
            .col("survey_id")
            .col("pseudonym")
            .unique()
            .to_owned();
        // A survey chooses its acts by region and by time of service.
        let served = Index::create()
            .name("service_act_served")
            .table("service_act")
            .col("region_code")
            .col("served_at")
            .to_owned();
        for index in [number, sequence, pseudonym, served] {
            manager.create_index(index).await?;
        }
        let region = Index::create()
            .name("review_region")
            .table("review")
            .col("region_code")
            .col("received_at")
            .to_owned();
        manager.create_index(region).await
    }
}
