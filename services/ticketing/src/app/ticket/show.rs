//! A ticket as officers see it: with names beside codes, as they are today.

use std::collections::HashMap;

use domain::{deadline::day_of, id::TicketId};
use proto::{ticketing::v1::Ticket, r#type::v1::TicketState};
use uuid::Uuid;

use crate::{
    convert::ticket::{
        DEADLINES_IN_SHORT, TicketParts, follow_up_due_to_wire, opening_of, ticket_from_rows,
        ticket_to_wire,
    },
    entity::{TicketRows, ticket},
    error::Error,
    state::Ticketing,
    store,
};

/// A ticket with so many of its newest deadlines.
pub(crate) async fn show(
    ticketing: &Ticketing,
    rows: &TicketRows,
    parts: TicketParts,
    newest: usize,
) -> Result<Ticket, Error> {
    let tags = opening_of(&rows.ticket)?.tag_list_version;
    let mut ticket = ticket_to_wire(rows, parts, newest, ticketing.shell.clock.now())?;
    if ticket.state() == TicketState::Closed {
        let policy = ticket.act.as_ref().map(|act| act.policy.as_str()).unwrap_or_default();
        let known = ticketing.reference.now();
        let closed = ticket_from_rows(rows)?;
        let due = known.policy(policy);
        let due = due.and_then(|law| closed.follow_up_due(TicketId(rows.ticket.id), law));
        ticket.follow_up_due = due.as_ref().map(follow_up_due_to_wire);
    }
    name(ticketing, &mut ticket, &tags).await?;
    Ok(ticket)
}

/// Some tickets in short, each with what sorts it.
pub(crate) async fn show_short(
    ticketing: &Ticketing,
    tickets: Vec<ticket::Model>,
) -> Result<Vec<((i64, Uuid), Ticket)>, Error> {
    let read = ticketing.store.read();
    let ids: Vec<Uuid> = tickets.iter().map(|row| row.id).collect();
    let mut ratings = store::ticket::ratings_of(read, &ids).await?;
    let mut shown = Vec::with_capacity(tickets.len());
    for rows in store::ticket::with_rows(read, tickets).await? {
        let ratings = ratings.remove(&rows.ticket.id).unwrap_or_default();
        let parts = TicketParts {
            rating_ids: ratings.ids,
            rating_count: ratings.count,
            ..TicketParts::default()
        };
        let key = (rows.ticket.due_at, rows.ticket.id);
        shown.push((key, show(ticketing, &rows, parts, DEADLINES_IN_SHORT).await?));
    }
    Ok(shown)
}

async fn name(ticketing: &Ticketing, ticket: &mut Ticket, tags: &str) -> Result<(), Error> {
    let known = ticketing.reference.now();
    let today = day_of(ticketing.shell.clock.now());
    let unit = |id: &str| known.unit(id, today).map(|unit| unit.name.clone()).unwrap_or_default();
    let act = ticket.act.clone().unwrap_or_default();
    if !act.item_code.is_empty() {
        let item = ticketing.reference.item(&act.item_code, None).await?;
        ticket.item_name = item.map(|item| item.content.name.clone()).unwrap_or_default();
    }
    ticket.agency_name = unit(&ticket.agency_id);
    ticket.hall_name = unit(&act.hall_id);
    for participant in &mut ticket.participants {
        participant.agency_name = unit(&participant.agency_id);
    }
    if let Some(list) = known.tag_list(tags) {
        let texts: HashMap<&str, &str> =
            list.tags.iter().map(|tag| (tag.code.as_str(), tag.text.as_str())).collect();
        let text = |code: &String| texts.get(code.as_str()).copied().unwrap_or(code).to_owned();
        ticket.tag_names = ticket.tag_codes.iter().map(text).collect();
    }
    Ok(())
}
