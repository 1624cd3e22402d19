//! Surveys: whom they draw from, what was drawn, what call-backs and assessments found.

use std::collections::{HashMap, HashSet};

use domain::survey_plan::Rule;
use platform::{convert, database::Store, page::Page};
use proto::r#type::v1::Origin;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait,
    DatabaseTransaction, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::reviews::{Span, prefix};
use crate::{
    convert::to_column,
    entity::{assessment, call_back, rating, service_act, survey, survey_act},
};

/// How many acts one statement keeps.
const ACTS: usize = 1_000;

/// Keeps a new survey.
pub(crate) async fn insert(txn: &DatabaseTransaction, row: survey::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    survey::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A survey by its identity.
pub(crate) async fn survey(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<survey::Model>, DbErr> {
    survey::Entity::find_by_id(id).one(connection).await
}

/// The acts that a rule draws from: those that could be rated, and nobody was kept from.
pub(crate) async fn population(
    connection: &impl ConnectionTrait,
    rule: &Rule,
    served: Span,
) -> Result<Vec<Uuid>, DbErr> {
    use service_act::Column;
    let mut chosen = Condition::all()
        .add(Column::RegionCode.starts_with(prefix(&rule.region_code)))
        .add(Column::Offered.eq(true))
        .add(Column::ServedAt.gte(served.start))
        .add(Column::ServedAt.lt(served.end));
    if !rule.item_codes.is_empty() {
        chosen = chosen.add(Column::ItemCode.is_in(&rule.item_codes));
    }
    if !rule.agency_ids.is_empty() {
        chosen = chosen.add(Column::AgencyId.is_in(&rule.agency_ids));
    }
    let acts = service_act::Entity::find().select_only().column(Column::Id).filter(chosen);
    if rule.only_negative {
        return negative(connection, acts).await;
    }
    acts.into_tuple().all(connection).await
}

/// Of acts those whose rating, the latest of the rater's own or else the default one, is negative.
async fn negative(
    connection: &impl ConnectionTrait,
    acts: sea_orm::Select<service_act::Entity>,
) -> Result<Vec<Uuid>, DbErr> {
    use rating::Column::{ActId, Id, Level, Origin as RatingOrigin, ReceivedAt};
    let mut rows = rating::Entity::find().select_only();
    for column in [ActId, Level, RatingOrigin, ReceivedAt, Id] {
        rows = rows.column(column);
    }
    let rows: Vec<(Uuid, i16, i16, i64, Uuid)> =
        rows.filter(ActId.in_subquery(acts.into_query())).into_tuple().all(connection).await?;
    let default = to_column(Origin::Default);
    let mut effective: HashMap<Uuid, ((bool, i64, Uuid), i16)> = HashMap::new();
    for (act, level, origin, received_at, id) in rows {
        let rank = (origin != default, received_at, id);
        let held = effective.entry(act).or_insert((rank, level));
        if held.0 < rank {
            *held = (rank, level);
        }
    }
    let bad =
        |level: i16| convert::level(level.into()).is_ok_and(domain::level::Level::is_negative);
    Ok(effective.into_iter().filter(|(_, (_, level))| bad(*level)).map(|(act, _)| act).collect())
}

/// Keeps what was drawn; false if someone else was faster.
pub(crate) async fn keep_draw(
    txn: &DatabaseTransaction,
    survey_id: Uuid,
    drawn_at: i64,
    draw: Vec<u8>,
) -> Result<bool, DbErr> {
    let drawn = survey::ActiveModel {
        drawn_at: Set(Some(drawn_at)),
        draw: Set(Some(draw)),
        ..Default::default()
    };
    let done = survey::Entity::update_many()
        .set(drawn)
        .filter(survey::Column::Id.eq(survey_id))
        .filter(survey::Column::DrawnAt.is_null())
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Keeps whom a survey drew from.
pub(crate) async fn insert_acts(
    txn: &DatabaseTransaction,
    survey_id: Uuid,
    population: &[Uuid],
    drawn: &HashSet<Uuid>,
) -> Result<(), DbErr> {
    for acts in population.chunks(ACTS) {
        let rows = acts.iter().map(|act| survey_act::ActiveModel {
            survey_id: Set(survey_id),
            act_id: Set(*act),
            drawn: Set(drawn.contains(act)),
        });
        survey_act::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

fn acts_of(survey_id: Uuid) -> sea_orm::Select<survey_act::Entity> {
    survey_act::Entity::find().filter(survey_act::Column::SurveyId.eq(survey_id))
}

/// A page of whom a survey drew from, in order, and one more.
pub(crate) async fn drawn_from(
    store: &Store,
    survey_id: Uuid,
    after: Option<Uuid>,
    page: &Page,
) -> Result<Vec<Uuid>, DbErr> {
    let mut rows = acts_of(survey_id).select_only().column(survey_act::Column::ActId);
    if let Some(after) = after {
        rows = rows.filter(survey_act::Column::ActId.gt(after));
    }
    let rows = rows.order_by_asc(survey_act::Column::ActId).limit(page.read_size());
    rows.into_tuple().all(store.read()).await
}

fn sampled(survey_id: Uuid) -> sea_orm::Select<service_act::Entity> {
    let drawn = acts_of(survey_id)
        .filter(survey_act::Column::Drawn.eq(true))
        .select_only()
        .column(survey_act::Column::ActId)
        .into_query();
    service_act::Entity::find().filter(service_act::Column::Id.in_subquery(drawn))
}

/// A page of the sample, in order, and one more.
pub(crate) async fn sample(
    store: &Store,
    survey_id: Uuid,
    after: Option<Uuid>,
    page: &Page,
) -> Result<Vec<service_act::Model>, DbErr> {
    let mut rows = sampled(survey_id);
    if let Some(after) = after {
        rows = rows.filter(service_act::Column::Id.gt(after));
    }
    rows.order_by_asc(service_act::Column::Id).limit(page.read_size()).all(store.read()).await
}

/// An act of the sample.
pub(crate) async fn sampled_act(
    connection: &impl ConnectionTrait,
    survey_id: Uuid,
    act_id: Uuid,
) -> Result<Option<service_act::Model>, DbErr> {
    sampled(survey_id).filter(service_act::Column::Id.eq(act_id)).one(connection).await
}

/// A survey's call-backs, those of each act in the order in which they were recorded.
pub(crate) async fn call_backs(
    connection: &impl ConnectionTrait,
    survey_id: Uuid,
    act_ids: Option<Vec<Uuid>>,
) -> Result<Vec<call_back::Model>, DbErr> {
    let mut rows = call_back::Entity::find().filter(call_back::Column::SurveyId.eq(survey_id));
    if let Some(acts) = act_ids {
        rows = rows.filter(call_back::Column::ActId.is_in(acts));
    }
    rows.order_by_asc(call_back::Column::Sequence).all(connection).await
}

/// Keeps a new call-back.
pub(crate) async fn insert_call_back(
    txn: &DatabaseTransaction,
    row: call_back::Model,
) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    call_back::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Keeps a new assessment.
pub(crate) async fn insert_assessment(
    txn: &DatabaseTransaction,
    row: assessment::Model,
) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    assessment::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A page of the assessments of a region and below it, the newest first, and one more.
pub(crate) async fn assessments(
    store: &Store,
    region_code: &str,
    after: Option<Uuid>,
    page: &Page,
) -> Result<Vec<assessment::Model>, DbErr> {
    let mut rows = assessment::Entity::find()
        .filter(assessment::Column::RegionCode.starts_with(prefix(region_code)))
        .order_by_desc(assessment::Column::Id);
    if let Some(after) = after {
        rows = rows.filter(assessment::Column::Id.lt(after));
    }
    rows.limit(page.read_size()).all(store.read()).await
}
