//! Tickets that another one handles (并案).

use platform::database::Txn;
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::ticket;

/// Hands the tickets that one handled over to another one; returns them.
pub(crate) async fn hand_on(txn: &Txn, from: Uuid, to: Uuid) -> Result<Vec<Uuid>, DbErr> {
    let of = ticket::Column::MainTicketId.eq(from);
    let handed: Vec<Uuid> = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(of.clone())
        .order_by_asc(ticket::Column::Id)
        .lock_exclusive()
        .into_tuple()
        .all(txn)
        .await?;
    if !handed.is_empty() {
        ticket::Entity::update_many()
            .col_expr(ticket::Column::MainTicketId, Expr::value(to))
            .filter(of)
            .exec(txn)
            .await?;
    }
    Ok(handed)
}

/// The numbers of upper platforms' notices that a ticket handles: its own, and those of the tickets
/// linked to it.
pub(crate) async fn notices(txn: &Txn, id: Uuid) -> Result<Vec<(Uuid, String)>, DbErr> {
    let handled =
        Condition::any().add(ticket::Column::Id.eq(id)).add(ticket::Column::MainTicketId.eq(id));
    ticket::Entity::find()
        .select_only()
        .columns([ticket::Column::Id, ticket::Column::UpperNumber])
        .filter(handled)
        .filter(ticket::Column::UpperNumber.is_not_null())
        .order_by_asc(ticket::Column::Id)
        .into_tuple()
        .all(txn)
        .await
}
