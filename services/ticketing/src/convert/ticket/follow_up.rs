//! The follow-up of a closed ticket, for officers and as facts.

use domain::{
    id::TicketId,
    profile::{Office, Profile},
    ticket::{FollowUpDue, Means, Ticket},
};
use platform::{clock::instant, convert::to_wire};
use proto::{
    fact::v1::{FollowUpEnded, FollowUpOpened, fact::Body},
    ticketing::v1 as wire,
};

use super::next_due_on;
use crate::entity::TicketRows;

/// What the document asks of its follow-up, as officers see it.
pub(crate) fn follow_up_due_to_wire(due: &FollowUpDue) -> wire::FollowUpDue {
    let means = due.means().map(|means| match means {
        Means::Phone => wire::Means::Phone,
        Means::Sms => wire::Means::Sms,
        Means::Online => wire::Means::Online,
        Means::InPerson => wire::Means::InPerson,
    });
    wire::FollowUpDue {
        required: due.required,
        sampled: due.sampled,
        by_authority: due.by == Office::Authority,
        means: means.map(i32::from).collect(),
    }
}

/// The fact of a ticket that is closed now.
pub(crate) fn follow_up_opened(rows: &TicketRows, ticket: &Ticket, profile: &Profile) -> Body {
    let due = ticket.follow_up_due(TicketId(rows.ticket.id), profile);
    let (required, sampled) = due.map_or((false, false), |due| (due.required, due.sampled));
    Body::FollowUpOpened(FollowUpOpened {
        ticket_id: rows.ticket.id.to_string(),
        sequence: ticket.sequence,
        closed_at: rows.ticket.closed_at.map(|at| to_wire(instant(at))),
        required,
        sampled,
        // Nothing else runs for a closed ticket.
        due_on: next_due_on(ticket),
    })
}

/// The fact of a follow-up that reached the rater; the ticket is already where it led to.
pub(crate) fn follow_up_ended(
    rows: &TicketRows,
    ticket: &Ticket,
    profile: &Profile,
    satisfied: bool,
    by_rater: bool,
) -> Body {
    let closed_at = rows.ticket.closed_at.map(instant);
    let asked = closed_at.map(|at| ticket.follow_up(TicketId(rows.ticket.id), at, profile));
    let (required, sampled) = asked.map_or((false, false), |due| (due.required, due.sampled));
    Body::FollowUpEnded(FollowUpEnded {
        ticket_id: rows.ticket.id.to_string(),
        sequence: ticket.sequence,
        closed_at: closed_at.map(to_wire),
        satisfied,
        by_rater,
        required,
        sampled,
    })
}
