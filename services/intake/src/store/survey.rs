//! Surveys: their populations, samples, and the results of call-backs and assessments.

use std::collections::{HashMap, HashSet};

use domain::{
    codes::RegionCode, id::RatingId, rating::effective as rating_that_stands, survey::HASH_BYTES,
    survey_plan::SampleRule,
};
use platform::{
    clock::instant,
    convert,
    database::{Store, Txn, below},
    page::Page,
};
use proto::r#type::v1::Origin;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, FromQueryResult, IntoActiveModel as _, JoinType, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use crate::{
    convert::to_column,
    entity::{assessment, call_back, rating, service_act, survey, survey_act},
    store::review::Span,
};

/// An act's public pseudonym.
pub(crate) type Pseudonym = [u8; HASH_BYTES];

/// How many acts one statement keeps.
const ACTS: usize = 1_000;

/// Keeps a new survey.
pub(crate) async fn insert(txn: &Txn, row: survey::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    survey::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The public data of a survey.
#[derive(FromQueryResult)]
pub(crate) struct Public {
    pub(crate) region_code: String,
    pub(crate) plan: Vec<u8>,
    pub(crate) draw: Option<Vec<u8>>,
}

/// A survey by its identity, without its secrets.
pub(crate) async fn survey(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<Public>, DbErr> {
    use survey::Column::{Draw, Plan, RegionCode};
    let mut rows = survey::Entity::find_by_id(id).select_only();
    for column in [RegionCode, Plan, Draw] {
        rows = rows.column(column);
    }
    rows.into_model().one(connection).await
}

/// A survey's sealed seed and its sealed key of pseudonyms.
pub(crate) async fn secrets(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<(Vec<u8>, Vec<u8>)>, DbErr> {
    let rows = survey::Entity::find_by_id(id).select_only().column(survey::Column::Seed);
    rows.column(survey::Column::PseudonymKey).into_tuple().one(connection).await
}

/// The acts that a rule draws from: those with a rating by the rater, given here or on paper. A
/// default is nobody's word, and imported ratings were given elsewhere.
pub(crate) async fn population(
    connection: &impl ConnectionTrait,
    rule: &SampleRule,
    served: Span,
) -> Result<Vec<Uuid>, DbErr> {
    use service_act::Column;
    let region = RegionCode::parse(&rule.region_code).map_err(|why| DbErr::Type(why.to_owned()))?;
    let mut chosen = Condition::all()
        .add(below(Column::RegionCode, region.as_str()))
        .add(Column::ServedAt.gte(served.start))
        .add(Column::ServedAt.lt(served.end))
        // Nobody can call a robot back.
        .add(Column::ItemCode.not_like("Y1000000%"));
    if !rule.item_codes.is_empty() {
        chosen = chosen.add(Column::ItemCode.is_in(&rule.item_codes));
    }
    if !rule.agency_ids.is_empty() {
        chosen = chosen.add(Column::AgencyId.is_in(&rule.agency_ids));
    }
    let acts = service_act::Entity::find().select_only().column(Column::Id).filter(chosen);
    let effective = effective(connection, acts).await?;
    let wanted = |level: i16| {
        let level = convert::level(level.into());
        !rule.only_negative || level.is_ok_and(domain::level::Level::is_negative)
    };
    Ok(effective.into_iter().filter(|(_, level)| wanted(*level)).map(|(act, _)| act).collect())
}

/// Of some acts, those that their raters rated, each with the level of the effective rating.
async fn effective(
    connection: &impl ConnectionTrait,
    acts: sea_orm::Select<service_act::Entity>,
) -> Result<HashMap<Uuid, i16>, DbErr> {
    use rating::Column::{ActId, Id, Level, Origin as RatingOrigin, ReceivedAt, ReportedAt};
    let mut rows = rating::Entity::find().select_only();
    for column in [ActId, Level, RatingOrigin, ReceivedAt, ReportedAt, Id] {
        rows = rows.column(column);
    }
    let rows: Vec<(Uuid, i16, i16, i64, Option<i64>, Uuid)> = rows
        .filter(ActId.in_subquery(acts.into_query()))
        .filter(RatingOrigin.is_in([Origin::Active, Origin::Paper].map(to_column)))
        .into_tuple()
        .all(connection)
        .await?;
    let mut held = HashMap::new();
    for (act, level, origin, received_at, said, id) in rows {
        let Ok(origin) = convert::origin(origin.into()) else { continue };
        let given_at = origin.given_at(instant(received_at), said.map(instant));
        let one = (origin, given_at, RatingId(id));
        let (stands, at) = held.entry(act).or_insert((one, level));
        if rating_that_stands([*stands, one]) == Some(one) {
            (*stands, *at) = (one, level);
        }
    }
    Ok(held.into_iter().map(|(act, (_, level))| (act, level)).collect())
}

/// Keeps the draw; false if someone else was faster.
pub(crate) async fn keep_draw(
    txn: &Txn,
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

/// Keeps a survey's population.
pub(crate) async fn insert_acts(
    txn: &Txn,
    survey_id: Uuid,
    population: &[(Uuid, Pseudonym)],
    drawn: &HashSet<Pseudonym>,
) -> Result<(), DbErr> {
    for acts in population.chunks(ACTS) {
        let rows = acts.iter().map(|(act, pseudonym)| survey_act::ActiveModel {
            survey_id: Set(survey_id),
            act_id: Set(*act),
            pseudonym: Set(pseudonym.to_vec()),
            drawn: Set(drawn.contains(pseudonym)),
        });
        survey_act::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

fn acts_of(survey_id: Uuid) -> sea_orm::Select<survey_act::Entity> {
    survey_act::Entity::find().filter(survey_act::Column::SurveyId.eq(survey_id))
}

/// A page of the pseudonyms of a survey's population, in order, and one more.
pub(crate) async fn drawn_from(
    store: &Store,
    survey_id: Uuid,
    page: &Page<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, DbErr> {
    use survey_act::Column::Pseudonym;
    let mut rows = acts_of(survey_id).select_only().column(Pseudonym);
    if let Some(after) = &page.after {
        rows = rows.filter(Pseudonym.gt(after.clone()));
    }
    let rows = rows.order_by_asc(Pseudonym).limit(page.read_size());
    rows.into_tuple().all(store.read()).await
}

/// An act of a sample.
#[derive(FromQueryResult)]
pub(crate) struct DrawnAct {
    pub(crate) act_id: Uuid,
    pub(crate) pseudonym: Vec<u8>,
    pub(crate) case_id: Uuid,
    pub(crate) region_code: String,
    pub(crate) agency_id: String,
    pub(crate) item_code: String,
    pub(crate) served_at: i64,
    pub(crate) real_name: bool,
    pub(crate) staff_id: Option<String>,
}

fn sampled(survey_id: Uuid) -> sea_orm::Select<survey_act::Entity> {
    use service_act::Column::{
        AgencyId, CaseId, ItemCode, RealName, RegionCode, ServedAt, StaffId,
    };
    let act = survey_act::Entity::belongs_to(service_act::Entity)
        .from(survey_act::Column::ActId)
        .to(service_act::Column::Id);
    let mut rows = acts_of(survey_id)
        .filter(survey_act::Column::Drawn.eq(true))
        .join(JoinType::InnerJoin, act.into())
        .select_only()
        .column(survey_act::Column::ActId)
        .column(survey_act::Column::Pseudonym);
    for column in [CaseId, RegionCode, AgencyId, ItemCode, ServedAt, RealName, StaffId] {
        rows = rows.column(column);
    }
    rows
}

/// A page of the sample, in order, and one more.
pub(crate) async fn sample(
    store: &Store,
    survey_id: Uuid,
    page: &Page<Uuid>,
) -> Result<Vec<DrawnAct>, DbErr> {
    let mut rows = sampled(survey_id);
    if let Some(after) = page.after {
        rows = rows.filter(survey_act::Column::ActId.gt(after));
    }
    let rows = rows.order_by_asc(survey_act::Column::ActId).limit(page.read_size());
    rows.into_model().all(store.read()).await
}

/// An act of the sample.
pub(crate) async fn sampled_act(
    connection: &impl ConnectionTrait,
    survey_id: Uuid,
    act_id: Uuid,
) -> Result<Option<DrawnAct>, DbErr> {
    let act = sampled(survey_id).filter(survey_act::Column::ActId.eq(act_id));
    act.into_model().one(connection).await
}

fn calls_of(survey_id: Uuid) -> sea_orm::Select<call_back::Entity> {
    call_back::Entity::find().filter(call_back::Column::SurveyId.eq(survey_id)).select_only()
}

/// What a call-back found, without its words.
#[derive(FromQueryResult)]
pub(crate) struct CallBackAnswer {
    pub(crate) act_id: Uuid,
    pub(crate) by_hotline: bool,
    pub(crate) reached: bool,
    pub(crate) policy_known: Option<bool>,
    pub(crate) convenient: Option<bool>,
    pub(crate) level: Option<i16>,
    pub(crate) has_problem: bool,
}

/// What a survey's call-backs found, those of each act in the order of recording.
pub(crate) async fn answers(
    connection: &impl ConnectionTrait,
    survey_id: Uuid,
) -> Result<Vec<CallBackAnswer>, DbErr> {
    use call_back::Column::{
        ActId, ByHotline, Convenient, HasProblem, Level, PolicyKnown, Reached, Sequence,
    };
    let mut rows = calls_of(survey_id);
    for column in [ActId, ByHotline, Reached, PolicyKnown, Convenient, Level, HasProblem] {
        rows = rows.column(column);
    }
    rows.order_by_asc(Sequence).into_model().all(connection).await
}

/// Of these acts, those that were called back.
pub(crate) async fn called(
    connection: &impl ConnectionTrait,
    survey_id: Uuid,
    act_ids: Vec<Uuid>,
) -> Result<HashSet<Uuid>, DbErr> {
    use call_back::Column::ActId;
    let rows = calls_of(survey_id).column(ActId).filter(ActId.is_in(act_ids));
    let called: Vec<Uuid> = rows.into_tuple().all(connection).await?;
    Ok(called.into_iter().collect())
}

/// The number of an act's last call-back, and the matter of its problem.
pub(crate) async fn last_call(
    connection: &impl ConnectionTrait,
    survey_id: Uuid,
    act_id: Uuid,
) -> Result<Option<(i32, Option<Uuid>)>, DbErr> {
    use call_back::Column::{ActId, MatterId, Sequence};
    let rows = calls_of(survey_id).column(Sequence).column(MatterId).filter(ActId.eq(act_id));
    rows.order_by_desc(Sequence).into_tuple().one(connection).await
}

/// Keeps a new call-back.
pub(crate) async fn insert_call_back(txn: &Txn, row: call_back::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    call_back::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Keeps a new assessment.
pub(crate) async fn insert_assessment(txn: &Txn, row: assessment::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    assessment::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A page of the assessments of a region and below it, the newest first, and one more.
pub(crate) async fn assessments(
    store: &Store,
    region: &RegionCode,
    page: &Page<Uuid>,
) -> Result<Vec<assessment::Model>, DbErr> {
    let mut rows = assessment::Entity::find()
        .filter(below(assessment::Column::RegionCode, region.as_str()))
        .order_by_desc(assessment::Column::Id);
    if let Some(after) = page.after {
        rows = rows.filter(assessment::Column::Id.lt(after));
    }
    rows.limit(page.read_size()).all(store.read()).await
}
