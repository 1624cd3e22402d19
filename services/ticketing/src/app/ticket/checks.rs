//! What a step is checked for beyond the ticket itself: units that exist, other tickets, earlier
//! steps.

use domain::{
    deadline::day_of,
    ticket::{FollowUpOutcome, TicketStep},
    violation::Violations,
};
use jiff::Timestamp;
use platform::{auth::Officer, database::Txn, reference::Snapshot};
use proto::catalog::v1::UnitKind;
use uuid::Uuid;

use crate::{
    app::document,
    convert::ticket::open_states,
    entity::TicketRows,
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

/// Whoever is assigned is a staff member of the agency, and an agency that has a part exists.
pub(super) fn check_units(
    step: &TicketStep,
    caller: &Officer,
    rows: &TicketRows,
    known: &Snapshot,
    at: Timestamp,
) -> Result<(), Violations> {
    let mut wrong = Violations::default();
    let unit = |id: &str, kind| known.unit(id, day_of(at)).filter(|unit| unit.kind() == kind);
    match step {
        TicketStep::Assign { assignee } => {
            let field = "assignment.assignee";
            match unit(assignee, UnitKind::Staff) {
                None => wrong.add(field, "is no staff member known here"),
                // Where the Authority stands in for a township, it assigns whom it has.
                Some(_) if caller.agency().is_none() => {}
                Some(staff) => {
                    let own = staff.agency_id == rows.ticket.agency_id;
                    wrong.require(own, field, "is not of the handling agency");
                }
            }
        }
        TicketStep::Dispatch { agency, participants, .. } => {
            let known = |id: &str| unit(id, UnitKind::Agency).is_some();
            wrong.require(known(agency), "dispatch.agency_id", "is no agency known here");
            for (n, id) in participants.iter().enumerate() {
                let field = format!("dispatch.participant_ids[{n}]");
                wrong.require(known(id), &field, "is no agency known here");
            }
        }
        _ => {}
    }
    wrong.finish(())
}

/// The documents that a step names are documents of its ticket.
pub(super) async fn check_documents(
    txn: &Txn,
    ticket_id: Uuid,
    step: &TicketStep,
) -> Result<(), Error> {
    let (field, named) = match step {
        TicketStep::Verify { documents, .. } => ("verification.document_ids", documents),
        TicketStep::Rectify { documents, .. } => ("rectification.document_ids", documents),
        TicketStep::AnswerPart { documents, .. } => ("part.document_ids", documents),
        _ => return Ok(()),
    };
    document::check_named(txn, ticket_id, field, named).await
}

/// A step is corrected by who took it.
pub(super) async fn check_own(
    ticketing: &Ticketing,
    txn: &Txn,
    caller: &Officer,
    ticket_id: Uuid,
    sequence: u32,
) -> Result<(), Error> {
    let step = store::ticket::step(txn, &ticketing.shell.sealer, ticket_id, sequence).await?;
    match step {
        // The ticket itself refuses it.
        None => Ok(()),
        Some(step) if step.by == caller.id() => Ok(()),
        Some(_) => Err(TicketError::AnothersStep.into()),
    }
}

/// The ticket that another one is handed over to: open, within the caller's reach, and not itself.
pub(super) async fn main_ticket(
    txn: &Txn,
    caller: &Officer,
    ticket_id: Uuid,
    main_ticket_id: &str,
) -> Result<Uuid, Error> {
    let mut wrong = Violations::default();
    let field = "link.main_ticket_id";
    let id = main_ticket_id.parse::<Uuid>().unwrap_or_default();
    if id == ticket_id {
        wrong.add(field, "is the ticket itself");
    } else if store::ticket::ticket(txn, caller, id).await?.is_none() {
        wrong.add(field, "is no ticket within your reach");
    } else {
        // It stays as it is until this is written, as the ticket itself does: of two that are handed over
        // to each other at once, one stays open.
        let main = store::ticket::locked_alone(txn, id).await?;
        let state = main.map(|main| i32::from(main.state));
        let open = open_states().any(|open| Some(i32::from(open)) == state);
        wrong.require(open, field, "is not open");
    }
    Ok(wrong.finish(id)?)
}

/// Whether a step can begin a ticket anew that was over.
pub(super) fn begins_again(step: &TicketStep) -> bool {
    let upset = |outcome| outcome == FollowUpOutcome::Unsatisfied;
    match step {
        TicketStep::Unlink { .. } => true,
        TicketStep::FollowUp { outcome, .. } => upset(*outcome),
        _ => false,
    }
}

/// Another open ticket of the same act, where a step could open a second one.
pub(super) async fn other_of_act(
    txn: &Txn,
    rows: &TicketRows,
    step: &TicketStep,
) -> Result<Option<Uuid>, Error> {
    if !begins_again(step) {
        return Ok(None);
    }
    Ok(store::ticket::another_of_act(txn, &rows.ticket, open_states()).await?)
}
