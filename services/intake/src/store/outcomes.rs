//! What became of negative ratings, as ticketing tells it.

use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait,
    DatabaseTransaction, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::outcome;

/// Keeps that an act has a ticket; a later ticket of the same act takes the place of an earlier one.
pub(crate) async fn opened(txn: &DatabaseTransaction, row: outcome::Model) -> Result<(), DbErr> {
    let newest = OnConflict::column(outcome::Column::ActId)
        .update_columns([outcome::Column::TicketId, outcome::Column::State, outcome::Column::At])
        .to_owned();
    let row = row.into_active_model().reset_all();
    outcome::Entity::insert(row).on_conflict(newest).exec_without_returning(txn).await?;
    Ok(())
}

/// Keeps where a ticket stands; nothing if it is not the newest of its act.
pub(crate) async fn stepped(
    txn: &DatabaseTransaction,
    ticket_id: Uuid,
    state: i16,
    at: i64,
) -> Result<(), DbErr> {
    let stands = outcome::ActiveModel { state: Set(state), at: Set(at), ..Default::default() };
    outcome::Entity::update_many()
        .set(stands)
        .filter(outcome::Column::TicketId.eq(ticket_id))
        .exec(txn)
        .await?;
    Ok(())
}

/// What became of the ratings of these acts; an act without a ticket is not among them.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    act_ids: &[Uuid],
) -> Result<Vec<outcome::Model>, DbErr> {
    let of = outcome::Column::ActId.is_in(act_ids.iter().copied());
    outcome::Entity::find().filter(of).all(connection).await
}
