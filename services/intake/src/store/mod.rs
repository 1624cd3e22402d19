//! All SQL of this service.

pub(crate) mod acts;
pub(crate) mod applicants;
pub(crate) mod at_window;
pub(crate) mod batches;
pub(crate) mod cases;
pub(crate) mod defaults;
pub(crate) mod invited;
pub(crate) mod messages;
pub(crate) mod outcomes;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod reviews;
pub(crate) mod submit;
pub(crate) mod surveys;
pub(crate) mod watched;

use domain::{
    id::{ActId, RatingId},
    rating::{ServiceAct, effective as rating_that_stands},
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert,
    database::{Store, Txn, many},
    status::Failure,
};
use proto::r#type::v1::Origin;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait,
    DbBackend, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Statement, Value,
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

/// The act a completed case can be rated by: its last, of those told at once that of the last stage.
pub(crate) async fn act_of_case(
    store: &Store,
    case_id: Uuid,
) -> Result<Option<service_act::Model>, DbErr> {
    service_act::Entity::find()
        .filter(service_act::Column::CaseId.eq(case_id))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Stage)
        .order_by_desc(service_act::Column::Id)
        .one(store.read())
        .await
}

/// The ratings of an act, the newest first; a page of them after one.
pub(crate) async fn ratings_of(
    store: &Store,
    act: ActId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<rating::Model>, DbErr> {
    use rating::Column::{ActId, Id, ReceivedAt};
    let of_act = || rating::Entity::find().filter(ActId.eq(act.0));
    let after = match after {
        Some(id) => of_act().filter(Id.eq(id)).one(store.read()).await?,
        None => None,
    };
    of_act()
        .apply_if(after, |rows, after| {
            let same = Condition::all().add(ReceivedAt.eq(after.received_at)).add(Id.lt(after.id));
            let older = ReceivedAt.lt(after.received_at);
            rows.filter(Condition::any().add(older).add(same))
        })
        .order_by_desc(ReceivedAt)
        .order_by_desc(Id)
        .limit(limit)
        .all(store.read())
        .await
}

/// A rating of an act.
pub(crate) async fn rating_of(
    store: &Store,
    act: ActId,
    id: Uuid,
) -> Result<Option<rating::Model>, DbErr> {
    let of_act = rating::Column::ActId.eq(act.0);
    rating::Entity::find_by_id(id).filter(of_act).one(store.read()).await
}

/// Whether an act has any rating.
pub(crate) async fn is_rated(connection: &impl ConnectionTrait, act: Uuid) -> Result<bool, DbErr> {
    let of_act = rating::Column::ActId.eq(act);
    let any = rating::Entity::find().select_only().column(rating::Column::Id).filter(of_act);
    let any: Option<Uuid> = any.limit(1).into_tuple().one(connection).await?;
    Ok(any.is_some())
}

/// Of several acts those ratings of which one stands: of each origin the last given ([`given_at`]), for
/// which of those stands [`effective`] decides. However many an act has, four at most are read.
pub(crate) async fn newest_of_acts(
    connection: &impl ConnectionTrait,
    acts: &[Uuid],
) -> Result<Vec<rating::Model>, DbErr> {
    if acts.is_empty() {
        return Ok(Vec::new());
    }
    let newest = newest_statement(connection.get_database_backend(), acts);
    rating::Entity::find().from_raw_sql(newest).all(connection).await
}

fn newest_statement(backend: DbBackend, acts: &[Uuid]) -> Statement {
    let places = (1..=acts.len()).map(|n| match backend {
        DbBackend::Postgres => format!("${n}"),
        _ => "?".to_owned(),
    });
    let (places, columns) =
        (places.collect::<Vec<_>>().join(", "), many::columns::<rating::Entity>());
    let brought = [Origin::Paper, Origin::Imported].map(|origin| i32::from(origin).to_string());
    let brought = brought.join(", ");
    let sql = format!(
        "SELECT {columns} FROM (
             SELECT {columns}, ROW_NUMBER() OVER (
                 PARTITION BY act_id, origin ORDER BY CASE
                     WHEN origin IN ({brought}) AND reported_at IS NOT NULL THEN reported_at
                     ELSE received_at END DESC, id DESC
             ) AS n
             FROM rating WHERE act_id IN ({places})
         ) AS numbered WHERE n = 1"
    );
    let acts = acts.iter().map(|id| Value::from(*id));
    Statement::from_sql_and_values(backend, sql, acts)
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

/// The blind index of whoever has the right to rate an act, if their number was known.
pub(crate) async fn holder_of_act(store: &Store, act_id: Uuid) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(act_row(store, act_id).await?.and_then(|act| act.number_index))
}

#[cfg(test)]
mod plans;
