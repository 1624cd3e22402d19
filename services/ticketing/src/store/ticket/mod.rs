//! Tickets, with their deadlines and the agencies that have a part; their ratings, their steps and
//! what they led to beside.

mod answers;
pub(crate) mod counted;
mod links;
mod ratings;
mod steps;
mod watched;

use std::collections::{BTreeSet, HashMap};

use domain::codes::RegionLevel;
use platform::{auth::Officer, database::Txn};
use proto::r#type::v1::TicketState;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, Iterable as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select,
    sea_query::{LockBehavior, LockType, OnConflict},
};
use uuid::Uuid;

use crate::entity::{TicketRows, ticket, ticket_deadline, ticket_part};
pub(crate) use answers::{insert_answer, last_answer, take_answers_after};
pub(crate) use links::{hand_on, notices};
pub(crate) use ratings::{
    Ratings, has_ratings, insert_ratings, last_trace, rated, rated_of, ratings_of,
    ratings_without_fact, take_ratings_after, with_ticket,
};
pub(super) use steps::open;
pub(crate) use steps::{
    effects, effects_of, forget_effects, insert_steps, put_effect, step, steps,
};
pub(crate) use watched::{
    Watched, due_until, escalate, lock, lock_whole, provisional, put_untaken, to_watch, untaken,
    urge,
};

/// How many rows one statement writes.
const ROWS: usize = 500;

/// What an officer may see: the Authority its region's and the townships' below a county; a handling
/// agency its own.
fn reach(officer: &Officer) -> Condition {
    let region = officer.region();
    // A township's own Authority, if there is one, sees the township's.
    let of_authority = match officer.region_code().level() {
        RegionLevel::Township | RegionLevel::Village => ticket::Column::RegionCode.eq(region),
        _ => ticket::Column::AuthorityRegion.eq(region),
    };
    match officer.agency() {
        None => Condition::all().add(of_authority),
        Some(agency) => Condition::all().add(ticket::Column::AgencyId.eq(agency)),
    }
}

/// What an officer may see, or has a part in.
fn reach_with_parts(officer: &Officer) -> Condition {
    let Some(agency) = officer.agency() else { return reach(officer) };
    let parts = ticket_part::Entity::find()
        .select_only()
        .column(ticket_part::Column::TicketId)
        .filter(ticket_part::Column::AgencyId.eq(agency))
        .into_query();
    Condition::any().add(reach(officer)).add(ticket::Column::Id.in_subquery(parts))
}

/// The same as [`reach_with_parts`], for a ticket that was loaded.
pub(crate) fn reaches(officer: &Officer, rows: &TicketRows) -> bool {
    let (region, ticket) = (officer.region(), &rows.ticket);
    match officer.agency() {
        Some(agency) => {
            ticket.agency_id == agency || rows.parts.iter().any(|part| part.agency_id == agency)
        }
        None => match officer.region_code().level() {
            RegionLevel::Township | RegionLevel::Village => ticket.region_code == region,
            _ => ticket.authority_region == region,
        },
    }
}

/// A ticket within an officer's reach.
pub(crate) async fn ticket(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    id: Uuid,
) -> Result<Option<ticket::Model>, DbErr> {
    ticket::Entity::find_by_id(id).filter(reach_with_parts(officer)).one(connection).await
}

/// Which tickets are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) state: Option<TicketState>,
    /// With a deadline that runs and is due from the first instant to before the second.
    pub(crate) due: Option<(i64, i64)>,
    pub(crate) assignee: Option<String>,
    pub(crate) unassigned: bool,
    pub(crate) agency: Option<String>,
    /// Of another agency, in which the officer's own has a part.
    pub(crate) participating: bool,
}

/// The tickets within an officer's reach that fit a filter, in no order.
pub(super) fn filtered(officer: &Officer, filter: &Filter) -> Select<ticket::Entity> {
    let reach = if filter.participating { reach_with_parts(officer) } else { reach(officer) };
    ticket::Entity::find()
        .filter(reach)
        .apply_if(filter.state, |tickets, state| {
            tickets.filter(ticket::Column::State.eq(i32::from(state)))
        })
        .apply_if(filter.due, |tickets, (from, until)| {
            tickets.filter(ticket::Column::DueAt.gte(from)).filter(ticket::Column::DueAt.lt(until))
        })
        .apply_if(filter.assignee.as_ref(), |tickets, assignee| {
            tickets.filter(ticket::Column::Assignee.eq(assignee))
        })
        .apply_if(filter.unassigned.then_some(()), |tickets, ()| {
            let waiting = [TicketState::Received, TicketState::Opened].map(i32::from);
            tickets.filter(ticket::Column::State.is_in(waiting))
        })
        .apply_if(filter.agency.as_ref(), |tickets, agency| {
            tickets.filter(ticket::Column::AgencyId.eq(agency))
        })
}

/// Tickets within an officer's reach, soonest due first.
pub(crate) async fn tickets(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    filter: &Filter,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<ticket::Model>, DbErr> {
    listed(officer, filter, after, limit).all(connection).await
}

fn listed(
    officer: &Officer,
    filter: &Filter,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Select<ticket::Entity> {
    let query = filtered(officer, filter).apply_if(after, |tickets, (due_at, id)| {
        let same =
            Condition::all().add(ticket::Column::DueAt.eq(due_at)).add(ticket::Column::Id.gt(id));
        tickets.filter(Condition::any().add(ticket::Column::DueAt.gt(due_at)).add(same))
    });
    query.order_by_asc(ticket::Column::DueAt).order_by_asc(ticket::Column::Id).limit(limit)
}

/// The rows that belong to some tickets, in two queries.
pub(crate) async fn with_rows(
    connection: &impl ConnectionTrait,
    tickets: Vec<ticket::Model>,
) -> Result<Vec<TicketRows>, DbErr> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = tickets.iter().map(|ticket| ticket.id).collect();
    let deadlines = ticket_deadline::Entity::find()
        .filter(ticket_deadline::Column::TicketId.is_in(ids.clone()))
        .order_by_asc(ticket_deadline::Column::TicketId)
        .order_by_asc(ticket_deadline::Column::Number)
        .all(connection)
        .await?;
    let parts = ticket_part::Entity::find()
        .filter(ticket_part::Column::TicketId.is_in(ids))
        .order_by_asc(ticket_part::Column::TicketId)
        .order_by_asc(ticket_part::Column::AgencyId)
        .all(connection)
        .await?;
    let mut rows: HashMap<Uuid, (Vec<_>, Vec<_>)> = HashMap::new();
    for deadline in deadlines {
        rows.entry(deadline.ticket_id).or_default().0.push(deadline);
    }
    for part in parts {
        rows.entry(part.ticket_id).or_default().1.push(part);
    }
    let whole = tickets.into_iter().map(|ticket| {
        let (deadlines, parts) = rows.remove(&ticket.id).unwrap_or_default();
        TicketRows { ticket, deadlines, parts }
    });
    Ok(whole.collect())
}

/// The rows of one ticket.
pub(crate) async fn rows_of(
    connection: &impl ConnectionTrait,
    ticket: ticket::Model,
) -> Result<TicketRows, DbErr> {
    let id = ticket.id;
    let missing = || DbErr::RecordNotFound(id.to_string());
    with_rows(connection, vec![ticket]).await?.pop().ok_or_else(missing)
}

/// The tickets of some acts, in any state, locked until this transaction ends.
pub(crate) async fn tickets_of_acts(
    txn: &Txn,
    act_ids: BTreeSet<Uuid>,
) -> Result<Vec<TicketRows>, DbErr> {
    // In one order, so that two transactions that lock some of the same rows wait and do not block
    // each other.
    let tickets = ticket::Entity::find()
        .filter(ticket::Column::ActId.is_in(act_ids))
        .order_by_asc(ticket::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await?;
    with_rows(txn, tickets).await
}

/// Whether another ticket of the same act is in one of these states; none for what is no act.
pub(crate) async fn another_of_act(
    txn: &Txn,
    ticket: &ticket::Model,
    states: impl IntoIterator<Item = TicketState>,
) -> Result<Option<Uuid>, DbErr> {
    ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(ticket::Column::ActId.eq(ticket.act_id))
        .filter(ticket::Column::Id.ne(ticket.id))
        .filter(ticket::Column::State.is_in(states.into_iter().map(i32::from)))
        .order_by_desc(ticket::Column::OpenedAt)
        .limit(1)
        .into_tuple()
        .one(txn)
        .await
}

/// A ticket, locked until this transaction ends, and with it the others of its act: of two of one act
/// that begin again at once, the second waits and then sees the first.
pub(crate) async fn locked(txn: &Txn, id: Uuid) -> Result<Option<TicketRows>, DbErr> {
    let act = ticket::Entity::find().select_only().column(ticket::Column::ActId);
    let act = act.filter(ticket::Column::Id.eq(id)).into_query();
    let of_act = ticket::Entity::find()
        .filter(ticket::Column::ActId.in_subquery(act))
        .order_by_asc(ticket::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await?;
    match of_act.into_iter().find(|ticket| ticket.id == id) {
        Some(ticket) => rows_of(txn, ticket).await.map(Some),
        None => Ok(None),
    }
}

/// The row of a ticket alone, locked until this transaction ends.
pub(crate) async fn locked_alone(txn: &Txn, id: Uuid) -> Result<Option<ticket::Model>, DbErr> {
    ticket::Entity::find_by_id(id).lock_exclusive().one(txn).await
}

/// Those of some tickets that nobody else has locked, locked until this transaction ends.
pub(crate) async fn lock_free(txn: &Txn, ids: &[Uuid]) -> Result<Vec<TicketRows>, DbErr> {
    let free = some(ids).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    let tickets = free.all(txn).await?;
    with_rows(txn, tickets).await
}

/// In one order, so that two transactions that lock some of the same rows wait and do not block each
/// other.
fn some(ids: &[Uuid]) -> Select<ticket::Entity> {
    ticket::Entity::find()
        .filter(ticket::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(ticket::Column::Id)
}

/// The tickets of matters with facts after a position.
pub(crate) async fn matters_after(txn: &Txn, after: i64) -> Result<Vec<TicketRows>, DbErr> {
    let tickets = ticket::Entity::find()
        .filter(ticket::Column::FactPosition.gt(after))
        .order_by_asc(ticket::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await?;
    with_rows(txn, tickets).await
}

/// The ticket of an upper platform's notice.
pub(crate) async fn of_notice(
    connection: &impl ConnectionTrait,
    region: &str,
    number: &str,
) -> Result<Option<ticket::Model>, DbErr> {
    ticket::Entity::find()
        .filter(ticket::Column::RegionCode.eq(region))
        .filter(ticket::Column::UpperNumber.eq(number))
        .one(connection)
        .await
}

/// The last tickets of some items and windows that were closed since an instant.
pub(crate) async fn closed_since(
    txn: &Txn,
    places: &BTreeSet<(String, String)>,
    since: i64,
) -> Result<HashMap<(String, String), (i64, Uuid)>, DbErr> {
    let mut last = HashMap::new();
    if places.is_empty() {
        return Ok(last);
    }
    let of = |(item, window): &(String, String)| {
        Condition::all()
            .add(ticket::Column::ItemCode.eq(item))
            .add(ticket::Column::WindowId.eq(window))
    };
    let any = places.iter().fold(Condition::any(), |any, place| any.add(of(place)));
    let closed: Vec<(String, String, Option<i64>, Uuid)> = ticket::Entity::find()
        .select_only()
        .columns([
            ticket::Column::ItemCode,
            ticket::Column::WindowId,
            ticket::Column::ClosedAt,
            ticket::Column::Id,
        ])
        .filter(any)
        .filter(ticket::Column::ClosedAt.gte(since))
        .order_by_asc(ticket::Column::ClosedAt)
        .order_by_asc(ticket::Column::Id)
        .into_tuple()
        .all(txn)
        .await?;
    for (item, window, closed_at, id) in closed {
        last.insert((item, window), (closed_at.unwrap_or_default(), id));
    }
    Ok(last)
}

/// Keeps new tickets.
pub(crate) async fn insert_tickets(txn: &Txn, tickets: Vec<TicketRows>) -> Result<(), DbErr> {
    let (mut rows, mut deadlines, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for ticket in tickets {
        rows.push(ticket.ticket.into_active_model().reset_all());
        deadlines.extend(ticket.deadlines);
        parts.extend(ticket.parts);
    }
    for rows in rows.chunks(ROWS) {
        ticket::Entity::insert_many(rows.to_vec()).exec_without_returning(txn).await?;
    }
    insert_deadlines(txn, deadlines).await?;
    insert_parts(txn, parts).await
}

async fn insert_deadlines(txn: &Txn, rows: Vec<ticket_deadline::Model>) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS) {
        let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
        ticket_deadline::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

async fn insert_parts(txn: &Txn, rows: Vec<ticket_part::Model>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    ticket_part::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// Writes where a ticket stands now; false if it is no longer as it was before.
pub(crate) async fn update_ticket(
    txn: &Txn,
    before: &TicketRows,
    now: &TicketRows,
) -> Result<bool, DbErr> {
    let done = ticket::Entity::update_many()
        .set(now.ticket.clone().into_active_model().reset_all())
        .filter(ticket::Column::Id.eq(now.ticket.id))
        .filter(ticket::Column::Sequence.eq(before.ticket.sequence))
        .exec(txn)
        .await?;
    if done.rows_affected != 1 {
        return Ok(false);
    }
    let (old, new) = now.deadlines.split_at(before.deadlines.len().min(now.deadlines.len()));
    for (before, now) in before.deadlines.iter().zip(old) {
        if before != now {
            now.clone().into_active_model().reset_all().update(txn).await?;
        }
    }
    insert_deadlines(txn, new.to_vec()).await?;
    replace_parts(txn, before, now).await?;
    Ok(true)
}

/// Writes where some tickets stand now, that this transaction has locked before: in few statements,
/// however many they are.
pub(crate) async fn update_locked(
    txn: &Txn,
    changes: &[(TicketRows, TicketRows)],
) -> Result<(), DbErr> {
    if changes.is_empty() {
        return Ok(());
    }
    let tickets = changes.iter().map(|(_, now)| now.ticket.clone().into_active_model().reset_all());
    let all = ticket::Column::iter().filter(|column| !matches!(column, ticket::Column::Id));
    let there = OnConflict::column(ticket::Column::Id).update_columns(all).to_owned();
    ticket::Entity::insert_many(tickets).on_conflict(there).exec_without_returning(txn).await?;
    let changed = changes.iter().flat_map(|(before, now)| {
        let changed = |row: &&ticket_deadline::Model| !before.deadlines.contains(row);
        now.deadlines.iter().filter(changed)
    });
    let changed: Vec<_> = changed.map(|row| row.clone().into_active_model().reset_all()).collect();
    let key = [ticket_deadline::Column::TicketId, ticket_deadline::Column::Number];
    let all = ticket_deadline::Column::iter().filter(|column| {
        !matches!(column, ticket_deadline::Column::TicketId | ticket_deadline::Column::Number)
    });
    let there = OnConflict::columns(key).update_columns(all).to_owned();
    for rows in changed.chunks(ROWS) {
        ticket_deadline::Entity::insert_many(rows.to_vec())
            .on_conflict(there.clone())
            .exec_without_returning(txn)
            .await?;
    }
    for (before, now) in changes {
        replace_parts(txn, before, now).await?;
    }
    Ok(())
}

async fn replace_parts(txn: &Txn, before: &TicketRows, now: &TicketRows) -> Result<(), DbErr> {
    if before.parts == now.parts {
        return Ok(());
    }
    ticket_part::Entity::delete_many()
        .filter(ticket_part::Column::TicketId.eq(now.ticket.id))
        .exec(txn)
        .await?;
    insert_parts(txn, now.parts.clone()).await
}

/// Whether a ticket exists, within anyone's reach.
pub(crate) async fn is_ticket(txn: &Txn, id: Uuid) -> Result<bool, DbErr> {
    Ok(ticket::Entity::find_by_id(id).one(txn).await?.is_some())
}

#[cfg(test)]
mod tests;
