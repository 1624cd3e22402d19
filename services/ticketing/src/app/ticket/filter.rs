//! Which tickets an officer asks for, in a list or in a ledger.

use domain::{
    deadline::{day_of, end_of},
    violation::{Violations, identifier},
};
use jiff::{Timestamp, ToSpan as _};
use platform::auth::Officer;
use proto::{
    ticketing::v1::{ListTicketsRequest, Urgency},
    r#type::v1::TicketState,
};

use crate::store::ticket::Filter;

/// How many days from today are soon.
const SOON_DAYS: i64 = 3;

/// Reads a request's filter, and notes what is wrong with it.
pub(crate) fn read_filter(
    request: &ListTicketsRequest,
    caller: &Officer,
    now: Timestamp,
    wrong: &mut Violations,
) -> Filter {
    let state = TicketState::try_from(request.state);
    let state = wrong.take("state", state.map_err(|_| "is no state"));
    let urgency = Urgency::try_from(request.urgency);
    let urgency = wrong.take("urgency", urgency.map_err(|_| "is no urgency"));
    for (field, id) in [("assignee", &request.assignee), ("agency_id", &request.agency_id)] {
        if !id.is_empty() {
            wrong.take(field, identifier(id));
        }
    }
    let some = |id: &String| Some(id.clone()).filter(|id| !id.is_empty());
    let mine = request.assignee == "me";
    Filter {
        state: state.filter(|state| *state != TicketState::Unspecified),
        due: due(urgency.unwrap_or_default(), now),
        assignee: if mine { Some(caller.id().to_owned()) } else { some(&request.assignee) },
        unassigned: request.unassigned,
        agency: some(&request.agency_id),
        participating: request.participating,
    }
}

/// From when until before when a deadline is due; none for all.
fn due(urgency: Urgency, now: Timestamp) -> Option<(i64, i64)> {
    let today = day_of(now);
    let tonight = end_of(today)?;
    let soon = today.checked_add(SOON_DAYS.days()).ok().and_then(end_of)?;
    let micros = Timestamp::as_microsecond;
    match urgency {
        Urgency::Unspecified => None,
        // The end of the last day is the first instant that is too late.
        Urgency::Overdue => Some((i64::MIN, micros(now).saturating_add(1))),
        Urgency::Today => Some((micros(now).saturating_add(1), micros(tonight).saturating_add(1))),
        Urgency::Soon => Some((micros(now).saturating_add(1), micros(soon).saturating_add(1))),
    }
}
