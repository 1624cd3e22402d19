//! Where the profile says so, a ticket's handling clock stands still while an appeal against one of its
//! ratings waits (`appeal_stops_clock`).

use domain::{appeal::AppealRefusal, calendar::Calendar};
use jiff::Timestamp;
use platform::{convert::to_wire, crypto::Sealer, database::Txn, status::Failure};
use proto::{
    fact::v1::{TicketStepped, fact::Body},
    ticketing::v1::{AppealEffect, Step, appeal_effect::Kind, step::Act},
};
use uuid::Uuid;

use super::case::AppealCase;
use crate::{
    convert::ticket::{
        finding_of, missed, next_due_on, put_into_rows, state_to_wire, ticket_from_rows,
    },
    entity::TicketRows,
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

/// The appeal that changes the clock.
#[derive(Clone, Copy)]
pub(crate) struct Cause<'a> {
    /// Who lodges, decides or withdraws it; empty if nobody does.
    pub(crate) by: &'a str,
    pub(crate) appeal_id: Uuid,
    pub(crate) rating_id: Uuid,
}

/// Stops the clock of a case's ticket for an appeal that was lodged just now, where the profile says
/// so. Returns the fact, if it ran.
pub(crate) async fn stop(
    ticketing: &Ticketing,
    txn: &Txn,
    case: &AppealCase,
    cause: Cause<'_>,
    at: Timestamp,
) -> Result<Option<Body>, Error> {
    let mut ticket = ticket_from_rows(&case.rows)?;
    if !case.profile.appeal_stops_clock.value || !ticket.stop_clock(at) {
        return Ok(None);
    }
    let mut rows = case.rows.clone();
    put_into_rows(&ticket, &mut rows);
    let sealer = &ticketing.shell.sealer;
    write(txn, sealer, (&case.rows, &rows), (Kind::ClockStopped, cause), at).await.map(Some)
}

/// Lets the clock of a locked ticket run again, if it stands still and no appeal waits any more.
/// Returns the fact, if it did; the rows are then as written.
pub(crate) async fn resume(
    txn: &Txn,
    sealer: &Sealer,
    rows: &mut TicketRows,
    calendar: &Calendar,
    cause: Cause<'_>,
    at: Timestamp,
) -> Result<Option<Body>, Error> {
    if rows.ticket.clock_stopped_at.is_none()
        || store::appeal::waits_on(txn, rows.ticket.id).await?
    {
        return Ok(None);
    }
    let mut ticket = ticket_from_rows(rows)?;
    ticket.resume_clock(at, calendar).map_err(AppealRefusal::from)?;
    let before = rows.clone();
    put_into_rows(&ticket, rows);
    write(txn, sealer, (&before, rows), (Kind::ClockResumed, cause), at).await.map(Some)
}

/// Writes a change of a ticket with the step that it is on record by; returns its fact.
async fn write(
    txn: &Txn,
    sealer: &Sealer,
    (before, rows): (&TicketRows, &TicketRows),
    (kind, cause): (Kind, Cause<'_>),
    at: Timestamp,
) -> Result<Body, Error> {
    if !store::ticket::update_ticket(txn, before, rows).await? {
        return Err(TicketError::Changed.into());
    }
    put_step(txn, sealer, rows, (kind, cause), at).await?;
    let ticket = ticket_from_rows(rows)?;
    Ok(Body::TicketStepped(TicketStepped {
        ticket_id: rows.ticket.id.to_string(),
        sequence: ticket.sequence,
        state: state_to_wire(ticket.state).into(),
        finding: finding_of(ticket.state).into(),
        at: Some(to_wire(at)),
        missed: missed(&ticket, at),
        next_due_on: next_due_on(&ticket),
        agency_id: ticket.agency.clone(),
        ..TicketStepped::default()
    }))
}

/// Keeps the step that an appeal's effect on a ticket is on record by: its newest.
pub(crate) async fn put_step(
    txn: &Txn,
    sealer: &Sealer,
    rows: &TicketRows,
    (kind, cause): (Kind, Cause<'_>),
    at: Timestamp,
) -> Result<(), Failure> {
    let named = |id: Uuid| if id.is_nil() { String::new() } else { id.to_string() };
    let effect = AppealEffect {
        kind: kind.into(),
        appeal_id: named(cause.appeal_id),
        rating_id: named(cause.rating_id),
    };
    let step = Step {
        sequence: u32::try_from(rows.ticket.sequence).unwrap_or_default(),
        at: Some(to_wire(at)),
        by: cause.by.to_owned(),
        act: Some(Act::AppealEffect(effect)),
    };
    store::ticket::insert_steps(txn, sealer, &[(rows.ticket.id, step)]).await
}

#[cfg(test)]
mod tests;
