//! The ticket follows its ratings: it ends with the last one that counts, and begins anew when one
//! counts again.

use domain::{appeal::AppealRefusal, profile::ExclusionGround, ticket::TicketState};
use platform::{convert::to_wire, database::Txn};
use proto::{
    fact::v1::{TicketLinked, TicketStepped, UpperNoticeAnswered, fact::Body},
    ticketing::v1::appeal_effect::Kind,
};

use super::case::AppealCase;
use crate::{
    convert::{
        appeal::{Cause, effect_step},
        ticket::{finding_of, open_states, put_into_rows, stepped, ticket_from_rows},
    },
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

/// Ends the ticket of a case when its last rating was excluded on this ground, or begins it anew when
/// one counts again. Returns the facts.
pub(crate) async fn follow(
    ticketing: &Ticketing,
    txn: &Txn,
    case: &AppealCase,
    excluded: Option<ExclusionGround>,
    cause: Cause<'_>,
) -> Result<Vec<Body>, Error> {
    let at = ticketing.shell.clock.now();
    let mut ticket = ticket_from_rows(&case.rows)?;
    let mut rows = case.rows.clone();
    // What is handled elsewhere, or over for another reason, stays so.
    let stays = matches!(
        ticket.state,
        TicketState::Linked | TicketState::Annulled | TicketState::Excluded { .. }
    );
    match excluded {
        Some(_) if stays => return Ok(Vec::new()),
        Some(ground) => ticket = ticket.exclude(ground, at),
        None => {
            let other = store::ticket::another_of_act(txn, &rows.ticket, open_states()).await?;
            let reinstated = ticket.reinstate(at, other.is_some(), &case.profile, &case.calendar);
            if !reinstated.map_err(AppealRefusal::from)? {
                return Ok(Vec::new());
            }
            rows.ticket.main_ticket_id = other;
        }
    }
    put_into_rows(&ticket, &mut rows);
    if !store::ticket::update_ticket(txn, &case.rows, &rows).await? {
        return Err(TicketError::Changed.into());
    }
    let kind = if excluded.is_some() { Kind::Excluded } else { Kind::Reinstated };
    let step = effect_step(ticket.sequence, kind, cause, at);
    let steps = [(rows.ticket.id, step)];
    store::ticket::insert_steps(txn, &ticketing.shell.sealer, &steps).await?;
    let (id, finding) = (rows.ticket.id, finding_of(ticket.state).into());
    let mut told = vec![Body::TicketStepped(TicketStepped {
        began_again: ticket.is_at_its_beginning(),
        ..stepped(id, &ticket, at)
    })];
    let at = Some(to_wire(at));
    if excluded.is_some() {
        for (ticket_id, number) in store::ticket::notices(txn, id).await? {
            let ticket_id = ticket_id.to_string();
            let answered = UpperNoticeAnswered { ticket_id, number, finding, at };
            told.push(Body::UpperNoticeAnswered(answered));
        }
    } else if ticket.state == TicketState::Linked {
        let ticket_id = id.to_string();
        let main = rows.ticket.main_ticket_id.map(|id| id.to_string()).unwrap_or_default();
        told.push(Body::TicketLinked(TicketLinked { ticket_id, main_ticket_id: main, at }));
    }
    Ok(told)
}
