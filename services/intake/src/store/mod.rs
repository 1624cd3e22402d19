//! All SQL of this service.

pub(crate) mod acts;
pub(crate) mod at_window;
pub(crate) mod batches;
pub(crate) mod cases;
pub(crate) mod defaults;
pub(crate) mod messages;
pub(crate) mod outcomes;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod reviews;
pub(crate) mod submit;
pub(crate) mod surveys;

use domain::{
    id::{ActId, RatingId},
    rating::{ServiceAct, effective as rating_that_stands},
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert,
    database::{Store, Txn},
    status::Failure,
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _,
};
use uuid::Uuid;

use crate::{
    convert::act_from_row,
    entity::{case_file, rating, service_act},
};

/// A case by its identity.
pub(crate) async fn case(store: &Store, id: Uuid) -> Result<Option<case_file::Model>, DbErr> {
    case_file::Entity::find_by_id(id).one(store.read()).await
}

/// An agency's case by its project number.
pub(crate) async fn case_of_agency(
    connection: &impl ConnectionTrait,
    agency_id: &str,
    project_number: &str,
) -> Result<Option<case_file::Model>, DbErr> {
    case_file::Entity::find()
        .filter(case_file::Column::AgencyId.eq(agency_id))
        .filter(case_file::Column::ProjectNumber.eq(project_number))
        .one(connection)
        .await
}

/// Completes a case that is not completed; false if someone else was faster.
pub(crate) async fn complete_case(
    txn: &Txn,
    id: Uuid,
    completed_at: i64,
    late_reason: Option<String>,
) -> Result<bool, DbErr> {
    let completed = case_file::ActiveModel {
        completed_at: Set(Some(completed_at)),
        late_reason: Set(late_reason),
        ..Default::default()
    };
    let done = case_file::Entity::update_many()
        .set(completed)
        .filter(case_file::Column::Id.eq(id))
        .filter(case_file::Column::CompletedAt.is_null())
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// An act with its row.
pub(crate) async fn act(
    store: &Store,
    id: ActId,
) -> Result<Option<(ServiceAct, service_act::Model)>, Failure> {
    let row = service_act::Entity::find_by_id(id.0).one(store.read()).await?;
    row.map(|row| Ok((act_from_row(&row)?, row))).transpose()
}

/// The act a completed case can be rated by: its last.
pub(crate) async fn act_of_case(
    store: &Store,
    case_id: Uuid,
) -> Result<Option<service_act::Model>, DbErr> {
    service_act::Entity::find()
        .filter(service_act::Column::CaseId.eq(case_id))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Id)
        .one(store.read())
        .await
}

/// The ratings of an act, the newest first.
pub(crate) async fn ratings_of(store: &Store, act: ActId) -> Result<Vec<rating::Model>, DbErr> {
    let mut rows = ratings_of_acts(store.read(), &[act.0]).await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.received_at, RatingId(row.id))));
    Ok(rows)
}

/// The ratings of several acts.
pub(crate) async fn ratings_of_acts(
    connection: &impl ConnectionTrait,
    acts: &[Uuid],
) -> Result<Vec<rating::Model>, DbErr> {
    if acts.is_empty() {
        return Ok(Vec::new());
    }
    let of_acts = rating::Column::ActId.is_in(acts.iter().copied());
    rating::Entity::find().filter(of_acts).all(connection).await
}

/// Which of an act's ratings stands.
pub(crate) fn effective(ratings: &[rating::Model]) -> Option<&rating::Model> {
    let weighed = ratings.iter().filter_map(|row| {
        let origin = convert::origin(row.origin.into()).ok()?;
        Some((origin, given_at(row), RatingId(row.id)))
    });
    let (.., effective) = rating_that_stands(weighed)?;
    ratings.iter().find(|row| row.id == effective.0)
}

/// When a rating was given: by that its act's ratings are ordered.
pub(crate) fn given_at(row: &rating::Model) -> Timestamp {
    let (received_at, said) = (instant(row.received_at), row.reported_at.map(instant));
    convert::origin(row.origin.into()).map_or(received_at, |o| o.given_at(received_at, said))
}

/// Keeps ratings that others bring on record.
pub(crate) async fn insert_ratings(txn: &Txn, rows: Vec<rating::Model>) -> Result<(), DbErr> {
    for rows in cases::chunks(rows) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        rating::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// The row of an act.
pub(crate) async fn act_row(store: &Store, id: Uuid) -> Result<Option<service_act::Model>, DbErr> {
    service_act::Entity::find_by_id(id).one(store.read()).await
}

/// The act that a phone was last invited to rate, of one case if that is named: the last one it was
/// written to about, or if nobody wrote from here the last one it can rate.
pub(crate) async fn invited_by_phone(
    store: &Store,
    phone_index: &[u8],
    project_number: &str,
) -> Result<Option<service_act::Model>, DbErr> {
    let mut cases = case_file::Entity::find()
        .select_only()
        .column(case_file::Column::Id)
        .filter(case_file::Column::PhoneIndex.eq(phone_index));
    if !project_number.is_empty() {
        cases = cases.filter(case_file::Column::ProjectNumber.eq(project_number));
    }
    let cases = cases.into_query();
    // The hotline asks about a case, whatever was written of it.
    if project_number.is_empty()
        && let Some(message) = messages::last_sent(store, cases.clone()).await?
    {
        return act_row(store, message.act_id).await;
    }
    service_act::Entity::find()
        .filter(service_act::Column::CaseId.in_subquery(cases))
        .filter(service_act::Column::Offered.eq(true))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Id)
        .one(store.read())
        .await
}

/// The blind index of whoever applied for the case of an act, if their number is known.
pub(crate) async fn applicant_of_act(
    store: &Store,
    act_id: Uuid,
) -> Result<Option<Vec<u8>>, DbErr> {
    let act = service_act::Entity::find_by_id(act_id).one(store.read()).await?;
    let Some(act) = act else { return Ok(None) };
    let case = case_file::Entity::find_by_id(act.case_id).one(store.read()).await?;
    Ok(case.and_then(|case| case.number_index))
}
