//! One step of a ticket: checked, decided in `domain`, and what it writes, answers and tells.

use std::collections::HashMap;

use domain::{
    id::TicketId,
    ticket::{FollowUpOutcome, Setting, TicketState, TicketStep, dispatched_to, impartial},
};
use platform::{convert::to_wire, database::Txn, facts::Telling};
use proto::{
    ticketing::v1::{Step, Ticket, step},
    r#type::v1::ServiceAct,
};
use uuid::Uuid;

use super::{
    checks::{begins_again, check_documents, check_own, check_units, main_ticket, other_of_act},
    show::show,
    tell::{facts, facts_of_linked},
};
use crate::{
    app::appeal::exclude::exclude_all,
    convert::ticket::{
        DEADLINES_IN_SHORT, TicketParts, follow_up_ended, follow_up_opened, opening_of,
        participants_of, put_into_rows, rated_by_opening, ticket_from_rows,
    },
    entity::{TicketRows, ticket_effect},
    error::{Error, TicketError},
    state::{Ticketing, steps::AskedStep},
    store::{self, ticket::Ratings},
};

/// What belongs to some tickets.
pub(super) struct Beside {
    rated: HashMap<Uuid, Vec<String>>,
    ratings: HashMap<Uuid, Ratings>,
    effects: HashMap<Uuid, Vec<ticket_effect::Model>>,
}

impl Beside {
    pub(super) async fn load(txn: &Txn, ids: &[Uuid]) -> Result<Self, Error> {
        Ok(Self {
            rated: store::ticket::rated_of(txn, ids).await?,
            ratings: store::ticket::ratings_of(txn, ids).await?,
            effects: store::ticket::effects_of(txn, ids).await?,
        })
    }
}

/// With whom a step shares its transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// With steps of other tickets: none waits for a ticket that somebody holds.
    Others,
    /// With nobody: it waits for its ticket, and may touch others.
    Nobody,
}

/// What a step comes to.
pub(super) enum Decision {
    Take(Box<Taken>),
    /// It touches more than its own ticket, and needs a transaction of its own.
    Alone,
}

/// A step that may be taken.
pub(super) struct Taken {
    pub(super) before: TicketRows,
    pub(super) rows: TicketRows,
    pub(super) step: Step,
    pub(super) answer: Ticket,
    pub(super) told: Vec<Telling>,
}

/// Decides a step. Only a step that has the transaction for itself writes here; whatever is refused
/// among others has written nothing.
pub(super) async fn decide(
    ticketing: &Ticketing,
    txn: &Txn,
    asked: &AskedStep,
    before: TicketRows,
    beside: &mut Beside,
    company: Company,
) -> Result<Decision, Error> {
    let AskedStep { by, ticket_id, seen, step, act, traceparent, .. } = asked;
    let links = matches!(step, TicketStep::Link { .. } | TicketStep::Unlink { .. });
    if (links || begins_again(step)) && company == Company::Others {
        return Ok(Decision::Alone);
    }
    let mut rated = rated_by_opening(&before.ticket)?;
    rated.extend(beside.rated.remove(ticket_id).unwrap_or_default());
    impartial(step, by.id(), &rated)?;
    let taken = u32::try_from(before.ticket.sequence).unwrap_or_default();
    if seen.is_some_and(|seen| seen != taken) {
        return Err(TicketError::Changed.into());
    }
    let known = ticketing.reference.now();
    let rated_act = opening_of(&before.ticket)?.act.unwrap_or_default();
    let profile = known.policy(&rated_act.policy);
    let profile = profile.ok_or(TicketError::NotKnownYet("the policy profile"))?;
    let calendar = known.calendar().ok_or(TicketError::NotKnownYet("the calendar"))?;
    let calendar = calendar.of(&before.ticket.region_code);
    let at = ticketing.shell.clock.now();
    let mut rows = before.clone();
    let other = other_of_act(txn, &before, step).await?;
    match (step, act) {
        (TicketStep::Link { .. }, step::Act::Link(link)) => {
            let main = main_ticket(txn, by, *ticket_id, &link.main_ticket_id).await?;
            rows.ticket.main_ticket_id = Some(main);
        }
        (TicketStep::Unlink { .. }, _) => rows.ticket.main_ticket_id = None,
        _ => {}
    }
    if let TicketStep::Correct { sequence, .. } = step {
        check_own(ticketing, txn, by, *ticket_id, *sequence).await?;
    }
    let setting = Setting {
        ticket: TicketId(*ticket_id),
        office: by.office(),
        by: by.id(),
        agency: by.agency(),
        at,
        profile,
        calendar: &calendar,
        act_has_open_ticket: other.is_some(),
    };
    // What the officer names is checked; whom the case names was checked when it came.
    let whole = with_participants(step, &rated_act);
    let ticket = ticket_from_rows(&before)?.step(&whole, &setting)?;
    check_units(step, by, &before, &known, at)?;
    check_documents(txn, *ticket_id, step).await?;
    put_into_rows(&ticket, &mut rows);
    let touches_others = match ticket.state {
        TicketState::Excluded { .. } | TicketState::Linked => {
            before.ticket.state != rows.ticket.state
        }
        _ => false,
    };
    if touches_others && company == Company::Others {
        return Ok(Decision::Alone);
    }
    if ticket.state == TicketState::Linked && rows.ticket.main_ticket_id.is_none() {
        rows.ticket.main_ticket_id = other;
    }

    let (sequence, id) = (ticket.sequence, by.id().to_owned());
    let taken = Step { sequence, at: Some(to_wire(at)), by: id, act: Some(act.clone()) };
    // The answer is kept with the request. A ticket grows with every step, so only the new parts
    // are kept: the total grows with the steps and not with their square.
    let ratings = beside.ratings.remove(ticket_id).unwrap_or_default();
    let parts = TicketParts {
        rating_ids: ratings.ids,
        rating_count: ratings.count,
        steps: vec![taken.clone()],
        effects: beside.effects.remove(ticket_id).unwrap_or_default(),
    };
    let answer = show(ticketing, &rows, parts, DEADLINES_IN_SHORT).await?;
    let mut told = facts(&rows, &ticket, step, at);
    match step {
        // Before the step's own: whoever knows that it is closed knows what is asked of it.
        TicketStep::Close => told.insert(0, follow_up_opened(&rows, &ticket, profile)),
        TicketStep::FollowUp { outcome, .. } if *outcome != FollowUpOutcome::NotReached => {
            let satisfied = *outcome == FollowUpOutcome::Satisfied;
            told.push(follow_up_ended(&rows, &ticket, profile, satisfied, false));
        }
        _ => {}
    }
    if let TicketState::Excluded { ground } = ticket.state
        && touches_others
    {
        let law = (ground, profile.as_ref());
        told.extend(exclude_all(ticketing, txn, by, &rows.ticket, law).await?);
    }
    told.extend(facts_of_linked(txn, &rows, &ticket, step, at).await?);
    let tell = |body| Telling { body, traceparent: traceparent.clone() };
    let told = told.into_iter().map(tell).collect();
    Ok(Decision::Take(Box::new(Taken { before, rows, step: taken, answer, told })))
}

/// A dispatch gives those a part whom the case names, too.
fn with_participants(step: &TicketStep, rated_act: &ServiceAct) -> TicketStep {
    match step.clone() {
        TicketStep::Dispatch { agency, participants, note } => {
            let of_case = participants_of(rated_act).collect();
            let participants = dispatched_to(&agency, &participants, of_case);
            TicketStep::Dispatch { agency, participants, note }
        }
        step => step,
    }
}
