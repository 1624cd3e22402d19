//! Cases, their steps and their service acts, many at once.

use platform::database::{Store, Txn};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Condition, Expr},
};
use uuid::Uuid;

use crate::{
    entity::{case_file, case_step, service_act},
    store::{ROWS, chunks},
};

/// Cases with these project numbers, in any region.
pub(crate) async fn by_project_number(
    connection: &impl ConnectionTrait,
    numbers: &[&str],
) -> Result<Vec<case_file::Model>, DbErr> {
    let numbers = numbers.iter().copied();
    let named = case_file::Column::ProjectNumber.is_in(numbers);
    case_file::Entity::find().filter(named).all(connection).await
}

/// The same, locked until the transaction ends; always in one order, so that two transactions
/// cannot wait for each other.
pub(crate) async fn locked_by_project_number(
    txn: &Txn,
    numbers: &[&str],
) -> Result<Vec<case_file::Model>, DbErr> {
    let named = case_file::Column::ProjectNumber.is_in(numbers.iter().copied());
    let cases = case_file::Entity::find().filter(named).order_by_asc(case_file::Column::Id);
    cases.lock_exclusive().all(txn).await
}

/// The steps of cases.
pub(crate) async fn steps_of(
    connection: &impl ConnectionTrait,
    cases: &[Uuid],
) -> Result<Vec<case_step::Model>, DbErr> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    let of_cases = case_step::Column::CaseId.is_in(cases.iter().copied());
    case_step::Entity::find().filter(of_cases).all(connection).await
}

/// Keeps new cases.
pub(crate) async fn insert_cases(txn: &Txn, cases: Vec<case_file::Model>) -> Result<(), DbErr> {
    for rows in chunks(cases) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        case_file::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Updates a case that was read with [`locked_by_project_number`].
pub(crate) async fn update_case(txn: &Txn, case: case_file::Model) -> Result<(), DbErr> {
    case.into_active_model().reset_all().update(txn).await?;
    Ok(())
}

/// Open cases whose promised date may still move, after one in their order.
pub(crate) async fn provisional(
    txn: &Txn,
    after: Option<Uuid>,
) -> Result<Vec<case_file::Model>, DbErr> {
    provisional_after(after).all(txn).await
}

pub(crate) fn provisional_after(after: Option<Uuid>) -> Select<case_file::Entity> {
    case_file::Entity::find()
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("provisional AND completed_at IS NULL"))
        .apply_if(after, |cases, after| cases.filter(case_file::Column::Id.gt(after)))
        .order_by_asc(case_file::Column::Id)
        .limit(ROWS as u64)
}

/// Keeps the promise under a new notice, beside the former promise.
pub(crate) async fn promise_anew(txn: &Txn, case: case_file::Model) -> Result<(), DbErr> {
    let promised = case_file::ActiveModel {
        promised: Set(case.promised),
        promised_before: Set(case.promised_before),
        provisional: Set(case.provisional),
        ..Default::default()
    };
    let open = case_file::Entity::update_many()
        .set(promised)
        .filter(case_file::Column::Id.eq(case.id))
        .filter(case_file::Column::CompletedAt.is_null());
    open.exec(txn).await.map(drop)
}

/// Keeps new steps; refused by the store if any of them is known.
pub(crate) async fn insert_steps(txn: &Txn, steps: Vec<case_step::Model>) -> Result<(), DbErr> {
    for rows in chunks(steps) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        case_step::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Keeps new service acts.
pub(crate) async fn insert_acts(txn: &Txn, acts: Vec<service_act::Model>) -> Result<(), DbErr> {
    for rows in chunks(acts) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        service_act::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// The cases of the person with this blind index, the newest first, after a place in that order.
pub(crate) async fn of_number(
    connection: &impl ConnectionTrait,
    number_index: &[u8],
    region_code: Option<&str>,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<case_file::Model>, DbErr> {
    let mut cases = case_file::Entity::find()
        .filter(case_file::Column::NumberIndex.eq(number_index))
        .order_by_desc(case_file::Column::AcceptedAt)
        .order_by_desc(case_file::Column::Id)
        .limit(limit);
    if let Some(region_code) = region_code {
        cases = cases.filter(case_file::Column::RegionCode.eq(region_code));
    }
    if let Some((accepted_at, id)) = after {
        let same = Condition::all()
            .add(case_file::Column::AcceptedAt.eq(accepted_at))
            .add(case_file::Column::Id.lt(id));
        let older = case_file::Column::AcceptedAt.lt(accepted_at);
        cases = cases.filter(Condition::any().add(older).add(same));
    }
    cases.all(connection).await
}

/// The service acts of cases, the newest first.
pub(crate) async fn acts_of(
    connection: &impl ConnectionTrait,
    cases: &[Uuid],
) -> Result<Vec<service_act::Model>, DbErr> {
    if cases.is_empty() {
        return Ok(Vec::new());
    }
    service_act::Entity::find()
        .filter(service_act::Column::CaseId.is_in(cases.iter().copied()))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Id)
        .all(connection)
        .await
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

/// Completes an open case; false if someone else was faster.
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

/// Gives every act another window.
#[cfg(test)]
pub(crate) async fn set_windows(
    connection: &impl ConnectionTrait,
    closes_at: i64,
    window: Vec<u8>,
) -> Result<(), DbErr> {
    use sea_orm::sea_query::Expr;
    service_act::Entity::update_many()
        .col_expr(service_act::Column::ClosesAt, Expr::value(closes_at))
        .col_expr(service_act::Column::RatingWindow, Expr::value(window))
        .exec(connection)
        .await?;
    Ok(())
}

/// Every act that can be rated, by time and stage.
#[cfg(test)]
pub(crate) async fn offered(
    connection: &impl ConnectionTrait,
) -> Result<Vec<service_act::Model>, DbErr> {
    service_act::Entity::find()
        .filter(service_act::Column::Offered.eq(true))
        .order_by_asc(service_act::Column::ServedAt)
        .order_by_asc(service_act::Column::Stage)
        .all(connection)
        .await
}
