//! The raters' own answers to follow-ups, with the facts that brought them.

use platform::{database::Txn, facts::history::Place};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};

use crate::entity::follow_up_answer;

/// Keeps an answer.
pub(crate) async fn insert_answer(txn: &Txn, row: follow_up_answer::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    follow_up_answer::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Takes back what facts after a position brought.
pub(crate) async fn take_answers_after(
    txn: &Txn,
    after: i64,
) -> Result<Vec<follow_up_answer::Model>, DbErr> {
    let newer = follow_up_answer::Column::FactPosition.gt(after);
    let rows = follow_up_answer::Entity::find()
        .filter(newer.clone())
        .order_by_asc(follow_up_answer::Column::TicketId)
        .order_by_asc(follow_up_answer::Column::Sequence)
        .all(txn)
        .await?;
    follow_up_answer::Entity::delete_many().filter(newer).exec(txn).await?;
    Ok(rows)
}

/// The last fact of an answer, at this position or before.
pub(crate) async fn last_answer(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last = follow_up_answer::Entity::find()
        .filter(follow_up_answer::Column::FactPosition.lte(up_to))
        .order_by_desc(follow_up_answer::Column::FactPosition)
        .one(connection)
        .await?;
    Ok(last.map(|row| Place { position: row.fact_position, fact_id: row.fact_id }))
}
