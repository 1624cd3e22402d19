//! Where the profile says so, a ticket's handling clock stands still while an appeal against one of its
//! ratings waits (`appeal_stops_clock`).

use domain::{appeal::AppealRefusal, calendar::Calendar};
use jiff::Timestamp;
use platform::{crypto::Sealer, database::Txn};
use proto::{fact::v1::fact::Body, ticketing::v1::appeal_effect::Kind};

use super::case::AppealCase;
use crate::{
    convert::{
        appeal::{Cause, effect_step},
        ticket::{put_into_rows, stepped, ticket_from_rows},
    },
    entity::TicketRows,
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

/// Stops the clock of a case's ticket for an appeal that was lodged just now, where the profile says
/// so. Returns the fact, if it ran.
pub(crate) async fn stop(
    ticketing: &Ticketing,
    txn: &Txn,
    case: &AppealCase,
    cause: Cause<'_>,
    at: Timestamp,
) -> Result<Option<Body>, Error> {
    // A party that took an appeal back gains no time by lodging it again.
    if store::appeal::withdrawn_on(txn, case.rows.ticket.id).await? {
        return Ok(None);
    }
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
    let ticket = ticket_from_rows(rows)?;
    let step = effect_step(ticket.sequence, kind, cause, at);
    store::ticket::insert_steps(txn, sealer, &[(rows.ticket.id, step)]).await?;
    Ok(Body::TicketStepped(stepped(rows.ticket.id, &ticket, at)))
}

#[cfg(test)]
mod tests;
