//! Where tickets stand, as ticketing sends it, and the raters' answers to follow-ups.

use std::collections::HashMap;

use platform::{database::Txn, facts::history::Place};
use proto::r#type::v1::TicketState;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::outcomes::{self, News};
use crate::{
    convert::to_column,
    entity::{
        follow_up_answer,
        handling::{self, Became, FollowUp},
        outcome,
    },
};

/// What a fact says of a ticket, beside its steps.
pub(crate) enum Said {
    /// Another one handles it, or none any more.
    Linked { main: Option<Uuid> },
    /// It was closed, and this is asked of its follow-up.
    Closed { at: i64, required: bool, sampled: bool, sequence: i64 },
}

/// Keeps where a ticket stands; nothing of a step before a known one.
pub(crate) async fn stepped(txn: &Txn, news: &News) -> Result<(), DbErr> {
    let (new, mut row) = row(txn, news.ticket_id).await?;
    // Its opening has no number, and nothing comes before it.
    if news.sequence < row.sequence || (news.sequence == 0 && row.state != 0) {
        return Ok(());
    }
    (row.state, row.at, row.sequence) = (news.state, news.at, news.sequence);
    row.finding = news.finding;
    row.next_due_on.clone_from(&news.next_due_on);
    row.agency_id.clone_from(&news.agency_id);
    write(txn, new, row, &news.fact).await
}

/// Keeps what else is said of a ticket; nothing that was said before.
pub(crate) async fn said(
    txn: &Txn,
    ticket_id: Uuid,
    said: Said,
    fact: &Place,
) -> Result<(), DbErr> {
    let (new, mut row) = row(txn, ticket_id).await?;
    match said {
        Said::Linked { main } if fact.position > row.linked_position => {
            (row.main_ticket_id, row.linked_position) = (main, fact.position);
        }
        Said::Closed { at, required, sampled, sequence } if sequence > row.closed_sequence => {
            row.closed_at = Some(at);
            (row.required, row.sampled, row.closed_sequence) = (required, sampled, sequence);
        }
        Said::Linked { .. } | Said::Closed { .. } => return Ok(()),
    }
    write(txn, new, row, fact).await
}

/// A ticket's row, and whether it is new.
async fn row(txn: &Txn, ticket_id: Uuid) -> Result<(bool, handling::Model), DbErr> {
    let known = handling::Entity::find_by_id(ticket_id).one(txn).await?;
    let none = handling::Model {
        ticket_id,
        state: 0,
        at: 0,
        sequence: 0,
        finding: 0,
        next_due_on: String::new(),
        agency_id: String::new(),
        main_ticket_id: None,
        linked_position: 0,
        closed_at: None,
        required: false,
        sampled: false,
        closed_sequence: 0,
        fact_position: 0,
        fact_id: Uuid::nil(),
    };
    Ok((known.is_none(), known.unwrap_or(none)))
}

async fn write(txn: &Txn, new: bool, mut row: handling::Model, fact: &Place) -> Result<(), DbErr> {
    if fact.position >= row.fact_position {
        (row.fact_position, row.fact_id) = (fact.position, fact.fact_id);
    }
    let row = row.into_active_model().reset_all();
    match new {
        true => handling::Entity::insert(row).exec_without_returning(txn).await.map(|_| ()),
        false => row.update(txn).await.map(|_| ()),
    }
}

/// Takes back what facts after a position brought; returns the tickets.
pub(crate) async fn take_after(txn: &Txn, after: i64) -> Result<Vec<Uuid>, DbErr> {
    let newer = handling::Column::FactPosition.gt(after);
    let found = handling::Entity::find().select_only().column(handling::Column::TicketId);
    let tickets = found.filter(newer.clone()).into_tuple().all(txn).await?;
    handling::Entity::delete_many().filter(newer).exec(txn).await?;
    Ok(tickets)
}

/// The last fact of ticketing, at this position or before, that left a trace here.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last = handling::Entity::find()
        .filter(handling::Column::FactPosition.lte(up_to))
        .order_by_desc(handling::Column::FactPosition)
        .one(connection)
        .await?;
    Ok(last.map(|row| Place { position: row.fact_position, fact_id: row.fact_id }))
}

/// What became of the negative ratings of several acts, without those that have no ticket or an annulled
/// one.
pub(crate) async fn became(
    connection: &impl ConnectionTrait,
    act_ids: &[Uuid],
) -> Result<Vec<Became>, DbErr> {
    let rows = outcomes::of(connection, act_ids).await?;
    let own = tickets(connection, rows.iter().map(|row| row.ticket_id)).await?;
    let mains = own.values().filter_map(|row| row.main_ticket_id);
    let mains = tickets(connection, mains).await?;
    let mut became = Vec::with_capacity(rows.len());
    for mut row in rows {
        let own = own.get(&row.ticket_id);
        let linked = row.state == to_column(TicketState::Linked);
        let main = own.and_then(|own| own.main_ticket_id).filter(|_| linked);
        // An end that is the other's own says nothing of this one.
        let ended = [TicketState::Excluded, TicketState::Annulled, TicketState::Unspecified];
        let ended = ended.map(to_column);
        let seen = main.and_then(|id| mains.get(&id));
        if let Some(main) = seen.filter(|main| !ended.contains(&main.state)) {
            (row.state, row.at, row.finding) = (main.state, main.at, main.finding);
            row.next_due_on.clone_from(&main.next_due_on);
            row.agency_id.clone_from(&main.agency_id);
        }
        let follow_up = match own.and_then(due) {
            None => None,
            Some(closed_at) => {
                let key = (row.ticket_id, closed_at);
                let said = follow_up_answer::Entity::find_by_id(key).one(connection).await?;
                Some(FollowUp { closed_at, satisfied: said.map(|said| said.satisfied) })
            }
        };
        became.push(Became { row, main_ticket_id: main, follow_up });
    }
    Ok(became)
}

async fn tickets(
    connection: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, handling::Model>, DbErr> {
    let ids: Vec<Uuid> = ids.collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = handling::Entity::find().filter(handling::Column::TicketId.is_in(ids));
    let rows = rows.all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.ticket_id, row)).collect())
}

/// Which closing is to be followed up now. An officer's record that the rater is satisfied does not
/// take the rater's own word away.
fn due(row: &handling::Model) -> Option<i64> {
    let closed = [TicketState::Closed, TicketState::Confirmed].map(to_column).contains(&row.state);
    row.closed_at.filter(|_| closed && (row.required || row.sampled))
}

/// Which closing of a ticket is to be followed up now; the ticket is locked until this transaction
/// ends.
pub(crate) async fn lock_due(txn: &Txn, ticket_id: Uuid) -> Result<Option<i64>, DbErr> {
    let row = handling::Entity::find_by_id(ticket_id).lock_exclusive().one(txn).await?;
    Ok(row.as_ref().and_then(due))
}

/// Keeps an answer, unless there is one: returns that.
pub(crate) async fn answer(
    txn: &Txn,
    new: follow_up_answer::Model,
) -> Result<Option<follow_up_answer::Model>, DbErr> {
    let key = (new.ticket_id, new.closed_at);
    let first = follow_up_answer::Entity::find_by_id(key).one(txn).await?;
    if first.is_none() {
        let row = new.into_active_model().reset_all();
        follow_up_answer::Entity::insert(row).exec_without_returning(txn).await?;
    }
    Ok(first)
}

/// The act whose newest ticket this is.
pub(crate) async fn act_of(
    connection: &impl ConnectionTrait,
    ticket_id: Uuid,
) -> Result<Option<Uuid>, DbErr> {
    let of = outcome::Column::TicketId.eq(ticket_id);
    let act = outcome::Entity::find().select_only().column(outcome::Column::ActId);
    act.filter(of).limit(1).into_tuple().one(connection).await
}
