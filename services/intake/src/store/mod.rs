//! All SQL of this service.

pub(crate) mod submit;

use domain::{
    id::{ActId, RatingId},
    rating::ServiceAct,
};
use platform::{database::Store, status::Failure};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait,
    DatabaseTransaction, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _,
};
use uuid::Uuid;

use crate::{
    convert::act_from_row,
    entity::{case_file, rating, service_act},
};

/// Keeps a new case.
pub(crate) async fn insert_case(
    txn: &DatabaseTransaction,
    case: case_file::Model,
) -> Result<(), DbErr> {
    let row = case.into_active_model().reset_all();
    case_file::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Keeps a new service act.
pub(crate) async fn insert_act(
    txn: &DatabaseTransaction,
    act: service_act::Model,
) -> Result<(), DbErr> {
    let row = act.into_active_model().reset_all();
    service_act::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

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
    txn: &DatabaseTransaction,
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

/// The ratings of an act, the effective one first.
pub(crate) async fn ratings_of(store: &Store, act: ActId) -> Result<Vec<rating::Model>, DbErr> {
    let mut rows =
        rating::Entity::find().filter(rating::Column::ActId.eq(act.0)).all(store.read()).await?;
    rows.sort_by_key(|row| std::cmp::Reverse((row.received_at, RatingId(row.id))));
    Ok(rows)
}
