//! What a step of a ticket tells the others.

use domain::ticket::{FollowUpOutcome, Ticket as DomainTicket, TicketState, TicketStep};
use jiff::Timestamp;
use platform::{convert::to_wire, database::Txn};
use proto::fact::v1::{TicketLinked, TicketStepped, UpperNoticeAnswered, fact::Body};
use uuid::Uuid;

use crate::{
    convert::ticket::{finding_of, missed, next_due_on, state_to_wire},
    entity::TicketRows,
    error::Error,
    store,
};

/// The facts of a step.
pub(super) fn facts(
    rows: &TicketRows,
    ticket: &DomainTicket,
    step: &TicketStep,
    at: Timestamp,
) -> Vec<Body> {
    let reached = |outcome| outcome != FollowUpOutcome::NotReached;
    let followed_up = matches!(step, TicketStep::FollowUp { outcome, .. } if reached(*outcome));
    let stepped = TicketStepped {
        ticket_id: rows.ticket.id.to_string(),
        sequence: ticket.sequence,
        state: state_to_wire(ticket.state).into(),
        finding: finding_of(ticket.state).into(),
        at: Some(to_wire(at)),
        followed_up,
        began_again: followed_up && ticket.is_at_its_beginning(),
        missed: missed(ticket, at),
        next_due_on: next_due_on(ticket),
        agency_id: ticket.agency.clone(),
    };
    let mut facts = vec![Body::TicketStepped(stepped)];
    let linked = ticket.state == TicketState::Linked && !matches!(step, TicketStep::Correct { .. });
    if linked || matches!(step, TicketStep::Unlink { .. }) {
        facts.push(linked_to(rows.ticket.id, rows.ticket.main_ticket_id, at));
    }
    facts
}

fn linked_to(ticket_id: Uuid, main: Option<Uuid>, at: Timestamp) -> Body {
    Body::TicketLinked(TicketLinked {
        ticket_id: ticket_id.to_string(),
        main_ticket_id: main.map(|id| id.to_string()).unwrap_or_default(),
        at: Some(to_wire(at)),
    })
}

/// The facts about the tickets that this one handles: handed over itself, it takes them with it, and
/// its end answers every notice among them.
pub(super) async fn facts_of_linked(
    txn: &Txn,
    rows: &TicketRows,
    ticket: &DomainTicket,
    step: &TicketStep,
    at: Timestamp,
) -> Result<Vec<Body>, Error> {
    let id = rows.ticket.id;
    let corrects = matches!(step, TicketStep::Correct { .. });
    let excluded = matches!(ticket.state, TicketState::Excluded { .. });
    if let (TicketState::Linked, Some(main), false) =
        (ticket.state, rows.ticket.main_ticket_id, corrects)
    {
        let handed_on = store::ticket::hand_on(txn, id, main).await?;
        return Ok(handed_on.into_iter().map(|id| linked_to(id, Some(main), at)).collect());
    }
    if !matches!(step, TicketStep::Close) && (!excluded || corrects) {
        return Ok(Vec::new());
    }
    let answered = |(ticket_id, number): (Uuid, String)| {
        Body::UpperNoticeAnswered(UpperNoticeAnswered {
            ticket_id: ticket_id.to_string(),
            number,
            finding: finding_of(ticket.state).into(),
            at: Some(to_wire(at)),
        })
    };
    Ok(store::ticket::notices(txn, id).await?.into_iter().map(answered).collect())
}
