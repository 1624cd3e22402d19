//! What an operator sees of ticketing: what is open, and what is overdue.

use platform::{
    status::Failure,
    telemetry::metrics::{
        Reading,
        table::{OVERDUE, OVERDUE_AGE, STATE, TICKETS, name_of},
    },
};
use proto::r#type::v1::TicketState::{self, *};

use crate::{state::Ticketing, store::ticket::counted};

/// The states of tickets that are not closed.
const OPEN: [TicketState; 11] = [
    Received,
    Opened,
    Assigned,
    Contacted,
    Verified,
    SolutionFedBack,
    Rectified,
    FedBack,
    Reported,
    Accepted,
    ExclusionProposed,
];

/// Reads it.
///
/// # Errors
/// If the store fails.
pub async fn look(ticketing: Ticketing) -> Result<Vec<Reading>, Failure> {
    let (read, now) = (ticketing.store.read(), ticketing.shell.clock.now().as_microsecond());
    let column = |state: TicketState| i16::try_from(i32::from(state)).unwrap_or_default();
    let counts = counted::by_state(read, OPEN.map(column)).await?;
    let mut readings = Vec::new();
    for state in OPEN {
        let n = counts.iter().find(|(one, _)| *one == column(state)).map_or(0, |(_, n)| *n);
        let label = name_of(state.as_str_name(), "TICKET_STATE_");
        readings.push(Reading::count(&TICKETS, n.unsigned_abs()).with(STATE, label));
    }
    let (overdue, first) = counted::overdue(read, now).await?;
    let age = first.map_or(0, |first| (now - first).max(0) / 1_000_000);
    readings.push(Reading::count(&OVERDUE, overdue.unsigned_abs()));
    readings.push(Reading::count(&OVERDUE_AGE, age.unsigned_abs()));
    Ok(readings)
}
