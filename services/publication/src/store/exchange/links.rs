//! What the upper platform has, as it said last.

use std::collections::HashMap;

use platform::database::Txn;
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::key::LaneKey;
use crate::entity::exchange_link::{self, Column};

/// What it said of a lane; nothing at first.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
) -> Result<exchange_link::Model, DbErr> {
    let row = exchange_link::Entity::find_by_id((key.origin.clone(), key.producer.clone()));
    Ok(row.one(connection).await?.unwrap_or_else(|| exchange_link::Model {
        origin: key.origin.clone(),
        producer: key.producer.clone(),
        position: 0,
        fact_id: Uuid::nil(),
        receipted_at: None,
        reconciled_through: None,
        last_error: String::new(),
        last_difference: String::new(),
        resent_day: None,
        stopped_day: None,
    }))
}

/// What it said of every lane.
pub(crate) async fn all(
    connection: &impl ConnectionTrait,
) -> Result<HashMap<(String, String), exchange_link::Model>, DbErr> {
    let rows = exchange_link::Entity::find().all(connection).await?.into_iter();
    Ok(rows.map(|row| ((row.origin.clone(), row.producer.clone()), row)).collect())
}

/// Keeps what it said.
pub(crate) async fn put(
    connection: &impl ConnectionTrait,
    link: exchange_link::Model,
) -> Result<(), DbErr> {
    let replaced = OnConflict::columns([Column::Origin, Column::Producer])
        .update_columns([
            Column::Position,
            Column::FactId,
            Column::ReceiptedAt,
            Column::ReconciledThrough,
            Column::LastError,
            Column::LastDifference,
            Column::ResentDay,
            Column::StoppedDay,
        ])
        .to_owned();
    exchange_link::Entity::insert(link.into_active_model().reset_all())
        .on_conflict(replaced)
        .exec_without_returning(connection)
        .await
        .map(drop)
}

/// A day of a lane that is held, and those after it, are compared again: facts of it were withdrawn.
pub(super) async fn compare_again(txn: &Txn, key: &LaneKey, day: i32) -> Result<(), DbErr> {
    let row = exchange_link::Entity::find_by_id((key.origin.clone(), key.producer.clone()));
    let Some(mut link) = row.one(txn).await? else { return Ok(()) };
    let before = |one: Option<i32>| one.filter(|one| *one < day);
    link.reconciled_through = link.reconciled_through.map(|one| one.min(day - 1));
    (link.resent_day, link.stopped_day) = (before(link.resent_day), before(link.stopped_day));
    put(txn, link).await
}
