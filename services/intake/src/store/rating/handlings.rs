//! Where tickets stand, as ticketing sends it, and the raters' answers to follow-ups.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use platform::{
    database::{
        Txn,
        many::{self, Column},
    },
    facts::history::Place,
};
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

/// What a fact says of a ticket.
pub(crate) enum Told {
    /// Where its steps have brought it.
    Stepped(News),
    /// Anything beside.
    Beside { ticket_id: Uuid, said: Said, fact: Place },
}

/// Keeps some of that, in its order; nothing of a step before a known one, and nothing that was said
/// before.
pub(crate) async fn put(txn: &Txn, told: &[Told]) -> Result<(), DbErr> {
    let about = |told: &Told| match told {
        Told::Stepped(news) => (news.ticket_id, news.fact),
        Told::Beside { ticket_id, fact, .. } => (*ticket_id, *fact),
    };
    let ids: BTreeSet<Uuid> = told.iter().map(|told| about(told).0).collect();
    let known = many::by::<handling::Entity>(txn, "ticket_id", ids).await?;
    let mut rows: BTreeMap<Uuid, handling::Model> =
        known.into_iter().map(|row| (row.ticket_id, row)).collect();
    let mut changed = BTreeSet::new();
    for told in told {
        let (id, fact) = about(told);
        let row = rows.entry(id).or_insert_with(|| unknown(id));
        if keep(row, told) {
            if fact.position >= row.fact_position {
                (row.fact_position, row.fact_id) = (fact.position, fact.fact_id);
            }
            changed.insert(id);
        }
    }
    rows.retain(|id, _| changed.contains(id));
    write(txn, rows.into_values().collect()).await
}

/// A ticket of which nothing is known.
fn unknown(ticket_id: Uuid) -> handling::Model {
    handling::Model {
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
    }
}

/// Returns whether it was anything new.
fn keep(row: &mut handling::Model, told: &Told) -> bool {
    match told {
        // Its opening has no number, and nothing comes before it.
        Told::Stepped(news)
            if news.sequence < row.sequence || (news.sequence == 0 && row.state != 0) =>
        {
            false
        }
        Told::Stepped(news) => {
            (row.state, row.at, row.sequence) = (news.state, news.at, news.sequence);
            row.finding = news.finding;
            row.next_due_on.clone_from(&news.next_due_on);
            row.agency_id.clone_from(&news.agency_id);
            true
        }
        Told::Beside { said: Said::Linked { main }, fact, .. } => {
            let is_new = fact.position > row.linked_position;
            if is_new {
                (row.main_ticket_id, row.linked_position) = (*main, fact.position);
            }
            is_new
        }
        Told::Beside { said: Said::Closed { at, required, sampled, sequence }, .. } => {
            let is_new = *sequence > row.closed_sequence;
            if is_new {
                row.closed_at = Some(*at);
                (row.required, row.sampled, row.closed_sequence) = (*required, *sampled, *sequence);
            }
            is_new
        }
    }
}

async fn write(txn: &Txn, rows: Vec<handling::Model>) -> Result<(), DbErr> {
    let big = |of: fn(&handling::Model) -> i64| Column::Big(rows.iter().map(of).collect());
    let small = |of: fn(&handling::Model) -> i16| Column::Small(rows.iter().map(of).collect());
    let is = |of: fn(&handling::Model) -> bool| Column::Bool(rows.iter().map(of).collect());
    let id = |of: fn(&handling::Model) -> Uuid| Column::Id(rows.iter().map(of).collect());
    let mains = rows.iter().map(|row| row.main_ticket_id.unwrap_or_default());
    let text = |of: fn(&handling::Model) -> &String| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    let columns = vec![
        ("ticket_id", id(|row| row.ticket_id)),
        ("state", small(|row| row.state)),
        ("at", big(|row| row.at)),
        ("sequence", big(|row| row.sequence)),
        ("finding", small(|row| row.finding)),
        ("next_due_on", text(|row| &row.next_due_on)),
        ("agency_id", text(|row| &row.agency_id)),
        ("main_ticket_id", Column::Uuid(mains.collect())),
        ("linked_position", big(|row| row.linked_position)),
        ("closed_at", Column::MaybeBig(rows.iter().map(|row| row.closed_at).collect())),
        ("required", is(|row| row.required)),
        ("sampled", is(|row| row.sampled)),
        ("closed_sequence", big(|row| row.closed_sequence)),
        ("fact_position", big(|row| row.fact_position)),
        ("fact_id", id(|row| row.fact_id)),
    ];
    let newest = "ON CONFLICT (ticket_id) DO UPDATE SET state = excluded.state, at = excluded.at, \
                  sequence = excluded.sequence, finding = excluded.finding, \
                  next_due_on = excluded.next_due_on, agency_id = excluded.agency_id, \
                  main_ticket_id = excluded.main_ticket_id, \
                  linked_position = excluded.linked_position, closed_at = excluded.closed_at, \
                  required = excluded.required, sampled = excluded.sampled, \
                  closed_sequence = excluded.closed_sequence, \
                  fact_position = excluded.fact_position, fact_id = excluded.fact_id";
    many::insert(txn, "handling", columns, newest).await
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
