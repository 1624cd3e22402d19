//! What raters permit.

use std::collections::HashSet;

use platform::{database::Txn, request::is_unique_violation, status::Failure};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use crate::entity::permission;

/// How many cases are in one query.
const CASES: usize = 500;

/// Keeps a rater's decision.
///
/// # Errors
/// [`Failure::Raced`] if they decide otherwise at this very moment.
pub(crate) async fn record(
    txn: &Txn,
    case_id: Uuid,
    granted: bool,
    recorded_at: i64,
) -> Result<(), Failure> {
    let last = permission::Entity::find()
        .filter(permission::Column::CaseId.eq(case_id))
        .order_by_desc(permission::Column::Number)
        .one(txn)
        .await?;
    let number = last.map_or(1, |last| last.number.saturating_add(1));
    let decision = permission::Model { case_id, number, granted, recorded_at };
    let row = decision.into_active_model().reset_all();
    match permission::Entity::insert(row).exec_without_returning(txn).await {
        Ok(_) => Ok(()),
        Err(error) if is_unique_violation(&error) => {
            Err(Failure::Raced("the rater's word is being recorded"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Of these cases, those whose rater's latest decision lets their data go to a third party. A list
/// for a third party checks it when it is read. A third party's call-back is recorded only if it
/// holds in the same transaction.
pub(crate) async fn granted(
    connection: &impl ConnectionTrait,
    case_ids: &[Uuid],
) -> Result<HashSet<Uuid>, DbErr> {
    let mut granted = HashSet::new();
    for some in case_ids.chunks(CASES) {
        let decisions = permission::Entity::find()
            .filter(permission::Column::CaseId.is_in(some.iter().copied()))
            .order_by_asc(permission::Column::Number)
            .all(connection)
            .await?;
        for row in decisions {
            match row.granted {
                true => granted.insert(row.case_id),
                false => granted.remove(&row.case_id),
            };
        }
    }
    Ok(granted)
}
