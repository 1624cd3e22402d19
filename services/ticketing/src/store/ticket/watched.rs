//! Deadlines and tickets that somebody has to look at, by clock and calendar.

use std::collections::BTreeSet;

use platform::database::Txn;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::with_rows;
use crate::entity::{TicketRows, ticket, ticket_deadline};

/// A deadline, without its derivation.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Watched {
    pub(crate) ticket_id: Uuid,
    pub(crate) number: i32,
    pub(crate) subject: String,
    pub(crate) due_at: i64,
    pub(crate) region_code: String,
    pub(crate) agency_id: String,
}

impl From<ticket_deadline::Model> for Watched {
    fn from(row: ticket_deadline::Model) -> Self {
        let ticket_deadline::Model {
            ticket_id,
            number,
            subject,
            due_at,
            region_code,
            agency_id,
            ..
        } = row;
        Self { ticket_id, number, subject, due_at, region_code, agency_id }
    }
}

/// The tickets of which a deadline is to be looked at now, longest due first.
pub(crate) async fn to_watch(
    connection: &impl ConnectionTrait,
    now: i64,
    limit: u64,
) -> Result<BTreeSet<Uuid>, DbErr> {
    let tickets: Vec<Uuid> = watch_query(now, limit).into_tuple().all(connection).await?;
    Ok(tickets.into_iter().collect())
}

fn watch_query(now: i64, limit: u64) -> Select<ticket_deadline::Entity> {
    ticket_deadline::Entity::find()
        .select_only()
        .column(ticket_deadline::Column::TicketId)
        .filter(ticket_deadline::Column::WatchAt.lte(now))
        .order_by_asc(ticket_deadline::Column::WatchAt)
        .order_by_asc(ticket_deadline::Column::TicketId)
        .order_by_asc(ticket_deadline::Column::Number)
        .limit(limit)
}

/// Locks some tickets until this transaction ends, all in one order.
pub(crate) async fn lock(txn: &Txn, ids: &BTreeSet<Uuid>) -> Result<Vec<ticket::Model>, DbErr> {
    ticket::Entity::find()
        .filter(ticket::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(ticket::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await
}

/// The same with the rows that belong to them.
pub(crate) async fn lock_whole(txn: &Txn, ids: &BTreeSet<Uuid>) -> Result<Vec<TicketRows>, DbErr> {
    let tickets = lock(txn, ids).await?;
    with_rows(txn, tickets).await
}

/// Marks what falls due today and was not urged yet; returns it.
pub(crate) async fn urge(
    txn: &Txn,
    tickets: &BTreeSet<Uuid>,
    now: i64,
) -> Result<Vec<Watched>, DbErr> {
    let urged = ticket_deadline::Entity::update_many()
        .col_expr(ticket_deadline::Column::UrgedAt, Expr::value(now))
        .col_expr(ticket_deadline::Column::WatchAt, Expr::col(ticket_deadline::Column::DueAt))
        .filter(ticket_deadline::Column::TicketId.is_in(tickets.iter().copied()))
        .filter(ticket_deadline::Column::WatchAt.lte(now))
        .filter(ticket_deadline::Column::RunningUntil.gt(now))
        .filter(ticket_deadline::Column::UrgedAt.is_null())
        .exec_with_returning(txn)
        .await?;
    Ok(urged.into_iter().map(Watched::from).collect())
}

/// Marks what is overdue and was not escalated yet; returns it.
pub(crate) async fn escalate(
    txn: &Txn,
    tickets: &BTreeSet<Uuid>,
    now: i64,
) -> Result<Vec<Watched>, DbErr> {
    let escalated = ticket_deadline::Entity::update_many()
        .col_expr(ticket_deadline::Column::EscalatedAt, Expr::value(now))
        .col_expr(ticket_deadline::Column::WatchAt, Expr::value(None::<i64>))
        .filter(ticket_deadline::Column::TicketId.is_in(tickets.iter().copied()))
        .filter(ticket_deadline::Column::RunningUntil.lte(now))
        .filter(ticket_deadline::Column::EscalatedAt.is_null())
        .exec_with_returning(txn)
        .await?;
    Ok(escalated.into_iter().map(Watched::from).collect())
}

/// Tickets that perhaps nobody took for too long.
pub(crate) async fn untaken(
    connection: &impl ConnectionTrait,
    now: i64,
    limit: u64,
) -> Result<BTreeSet<Uuid>, DbErr> {
    let tickets: Vec<Uuid> = untaken_query(now, limit).into_tuple().all(connection).await?;
    Ok(tickets.into_iter().collect())
}

fn untaken_query(now: i64, limit: u64) -> Select<ticket::Entity> {
    ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(ticket::Column::TakeBy.lte(now))
        .order_by_asc(ticket::Column::TakeBy)
        .order_by_asc(ticket::Column::Id)
        .limit(limit)
}

/// Writes when it is to be looked again whether nobody took a ticket, or when the Authority was
/// told. The ticket is locked.
pub(crate) async fn put_untaken(
    txn: &Txn,
    id: Uuid,
    take_by: Option<i64>,
    nobody_at: Option<i64>,
) -> Result<(), DbErr> {
    ticket::Entity::update_many()
        .col_expr(ticket::Column::TakeBy, Expr::value(take_by))
        .col_expr(ticket::Column::NobodyAt, Expr::value(nobody_at))
        .filter(ticket::Column::Id.eq(id))
        .exec(txn)
        .await?;
    Ok(())
}

/// The place of a deadline in the order of their last days.
type DuePlace = (i64, Uuid, i32);

/// Deadlines that run and are due until an instant, longest due first, after a place.
pub(crate) async fn due_until(
    connection: &impl ConnectionTrait,
    until: i64,
    after: Option<DuePlace>,
    limit: u64,
) -> Result<Vec<Watched>, DbErr> {
    due_query(until, after, limit).into_model::<Watched>().all(connection).await
}

fn due_query(until: i64, after: Option<DuePlace>, limit: u64) -> Select<ticket_deadline::Entity> {
    use ticket_deadline::Column::{
        AgencyId, DueAt, Number, RegionCode, RunningUntil, Subject, TicketId,
    };

    let mut query = ticket_deadline::Entity::find()
        .select_only()
        .columns([TicketId, Number, Subject, DueAt, RegionCode, AgencyId])
        .filter(RunningUntil.lte(until));
    if let Some((due_at, ticket_id, number)) = after {
        let of_ticket = Condition::all().add(TicketId.eq(ticket_id)).add(Number.gt(number));
        let later = Condition::any().add(TicketId.gt(ticket_id)).add(of_ticket);
        let same = Condition::all().add(RunningUntil.eq(due_at)).add(later);
        // The first condition bounds the walk through the index.
        query = query
            .filter(RunningUntil.gte(due_at))
            .filter(Condition::any().add(RunningUntil.gt(due_at)).add(same));
    }
    query.order_by_asc(RunningUntil).order_by_asc(TicketId).order_by_asc(Number).limit(limit)
}

/// Tickets with deadlines that a notice can still move, after one.
pub(crate) async fn provisional(
    connection: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<BTreeSet<Uuid>, DbErr> {
    let tickets: Vec<Uuid> = provisional_query(after, limit).into_tuple().all(connection).await?;
    Ok(tickets.into_iter().collect())
}

fn provisional_query(after: Uuid, limit: u64) -> Select<ticket_deadline::Entity> {
    ticket_deadline::Entity::find()
        .select_only()
        .column(ticket_deadline::Column::TicketId)
        .distinct()
        .filter(ticket_deadline::Column::Provisional.eq(true))
        .filter(ticket_deadline::Column::TicketId.gt(after))
        .order_by_asc(ticket_deadline::Column::TicketId)
        .limit(limit)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, state::NAME};

    #[tokio::test]
    async fn t09_what_is_to_be_done_is_found_by_an_index_however_much_is_open() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let (backend, id) = (store.backend(), Uuid::from_u128(7));
        for (index, statement) in [
            ("ticket_deadline_watch", watch_query(9, 200).build(backend)),
            ("ticket_take_by", untaken_query(9, 200).build(backend)),
            ("ticket_deadline_running", due_query(9, Some((5, id, 1)), 200).build(backend)),
            ("ticket_deadline_provisional", provisional_query(id, 200).build(backend)),
        ] {
            let plan = plan(&store, statement).await;
            assert!(plan.contains(index), "{index}: {plan}");
        }
    }
}
