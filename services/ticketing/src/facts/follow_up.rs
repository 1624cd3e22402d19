//! What raters answer to follow-ups themselves (T06): intake takes it once per closing, and here it is a
//! step of the ticket. An officer may have recorded a follow-up meanwhile, or the ticket may be open
//! again: what the rater says counts for the closing that it names, or not at all.

use std::collections::BTreeSet;

use domain::{
    id::TicketId,
    profile::Office,
    ticket::{Refusal, Setting, TicketState, TicketStep},
};
use jiff::Timestamp;
use platform::{
    clock::Clock,
    convert::{Meaningless, instant_of, to_wire},
    crypto::Sealer,
    database::Txn,
    facts::{
        consume::{ApplyOutcome, Obstacle, Retraction},
        place_of,
    },
    reference::{Reference, Snapshot},
};
use proto::{
    fact::v1::{Fact, FollowUpAnswered, TicketLinked, TicketStepped, fact::Body},
    ticketing::v1::{FollowUpAnswer, Step, step::Act},
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    convert::ticket::{
        finding_of, follow_up_ended, follow_up_opened, missed, next_due_on, open_states,
        opening_of, put_into_rows, state_to_wire, ticket_from_rows,
    },
    entity::{TicketRows, follow_up_answer},
    store,
};

/// An answer out of its fact.
struct Answer<'a> {
    fact: &'a Fact,
    ticket_id: Uuid,
    closed_at: Timestamp,
    at: Timestamp,
    satisfied: bool,
}

/// A ticket after an answer.
struct Answered {
    rows: TicketRows,
    step: Step,
    told: Vec<Body>,
}

fn db(error: impl ToString) -> DbErr {
    DbErr::Type(error.to_string())
}

/// Applies the answers among some facts of intake.
pub(super) async fn apply(
    clock: &Clock,
    reference: &Reference,
    sealer: &Sealer,
    txn: &Txn,
    facts: &[Fact],
) -> Result<ApplyOutcome, DbErr> {
    let mut applied = ApplyOutcome::default();
    let mut answers = Vec::new();
    for fact in facts {
        let Some(Body::FollowUpAnswered(said)) = &fact.body else { continue };
        match answer(fact, said) {
            Ok(answer) => answers.push(answer),
            Err(why) => applied.left.push((fact.position, Obstacle::Broken(why.to_string()))),
        }
    }
    let ids: BTreeSet<Uuid> = answers.iter().map(|answer| answer.ticket_id).collect();
    if ids.is_empty() {
        return Ok(applied);
    }
    // All locked in one order.
    store::ticket::lock(txn, &ids).await?;
    let known = reference.now();
    for answer in answers {
        let position = answer.fact.position;
        let Some(before) = store::ticket::locked(txn, answer.ticket_id).await? else {
            tracing::warn!(ticket.id = %answer.ticket_id, "no such ticket has a rater who answers");
            continue;
        };
        // Of two of one act that begin again at once, the second sees the first.
        store::ticket::tickets_of_acts(txn, [before.ticket.act_id].into()).await?;
        let other = store::ticket::another_of_act(txn, &before.ticket, open_states()).await?;
        match take(clock, &known, &before, &answer, other) {
            Ok(Some(answered)) => {
                let told = write(txn, sealer, &before, answered, &answer).await?;
                applied.told.extend(told.into_iter().map(|body| (position, body)));
            }
            // The follow-up that it answers is over, in another way.
            Ok(None) => {
                tracing::info!(ticket.id = %answer.ticket_id, "a rater's answer came too late");
            }
            Err(left) => applied.left.push((position, left)),
        }
    }
    Ok(applied)
}

fn answer<'a>(fact: &'a Fact, said: &FollowUpAnswered) -> Result<Answer<'a>, Meaningless> {
    let ticket_id = said.ticket_id.parse().map_err(|_| Meaningless("ticket_id is no UUID"))?;
    let (closed_at, at) = (instant_of(said.closed_at.as_ref())?, instant_of(said.at.as_ref())?);
    Ok(Answer { fact, ticket_id, closed_at, at, satisfied: said.satisfied })
}

/// The ticket after the answer; none if that changes nothing.
fn take(
    clock: &Clock,
    known: &Snapshot,
    before: &TicketRows,
    answer: &Answer<'_>,
    other: Option<Uuid>,
) -> Result<Option<Answered>, Obstacle> {
    if before.ticket.closed_at != Some(answer.closed_at.as_microsecond()) {
        return Ok(None);
    }
    let broken = |failure: platform::status::Failure| Obstacle::Broken(failure.to_string());
    let policy = opening_of(&before.ticket).map_err(broken)?.act.unwrap_or_default().policy;
    let profile = known.policy(&policy);
    let profile = profile.ok_or_else(|| Obstacle::Waits(format!("the profile {policy}")))?;
    let calendar = known.calendar().ok_or_else(|| Obstacle::Waits("the calendar".to_owned()))?;
    let calendar = calendar.of(&before.ticket.region_code);
    let setting = Setting {
        ticket: TicketId(answer.ticket_id),
        // It is nobody's of an office.
        office: Office::HandlingAgency,
        by: "",
        agency: None,
        at: answer.at,
        profile,
        calendar: &calendar,
        act_has_open_ticket: other.is_some(),
    };
    let satisfied = answer.satisfied;
    let step = TicketStep::AnswerFollowUp { satisfied };
    let ticket = match ticket_from_rows(before).map_err(broken)?.step(&step, &setting) {
        Ok(ticket) => ticket,
        Err(Refusal::Calendar(error)) => {
            return Err(Obstacle::Waits(format!("a calendar that reaches far enough: {error}")));
        }
        Err(_) => return Ok(None),
    };
    let mut rows = before.clone();
    put_into_rows(&ticket, &mut rows);
    let (sequence, at) = (ticket.sequence, Some(to_wire(clock.now())));
    let mut told = vec![Body::TicketStepped(TicketStepped {
        ticket_id: answer.ticket_id.to_string(),
        sequence,
        state: state_to_wire(ticket.state).into(),
        finding: finding_of(ticket.state).into(),
        at,
        followed_up: true,
        began_again: ticket.is_at_its_beginning(),
        missed: missed(&ticket, clock.now()),
        next_due_on: next_due_on(&ticket),
        agency_id: ticket.agency.clone(),
    })];
    if ticket.state == TicketState::Linked {
        rows.ticket.main_ticket_id = other;
    }
    told.push(follow_up_ended(&rows, &ticket, profile, satisfied, true));
    let act = Some(Act::FollowUpAnswer(FollowUpAnswer { satisfied }));
    Ok(Some(Answered { rows, step: Step { sequence, at, by: String::new(), act }, told }))
}

/// Writes a ticket after an answer; returns its facts.
async fn write(
    txn: &Txn,
    sealer: &Sealer,
    before: &TicketRows,
    answered: Answered,
    answer: &Answer<'_>,
) -> Result<Vec<Body>, DbErr> {
    let Answered { rows, step, mut told } = answered;
    if !store::ticket::update_ticket(txn, before, &rows).await? {
        return Err(DbErr::RecordNotUpdated);
    }
    let id = answer.ticket_id;
    store::ticket::insert_steps(txn, sealer, &[(id, step.clone())]).await.map_err(db)?;
    let place = place_of(answer.fact);
    let row = follow_up_answer::Model {
        ticket_id: id,
        sequence: rows.ticket.sequence,
        closed_at: answer.closed_at.as_microsecond(),
        satisfied: answer.satisfied,
        fact_position: place.position,
        fact_id: place.fact_id,
    };
    store::ticket::insert_answer(txn, row).await?;
    if let Some(main) = rows.ticket.main_ticket_id
        && before.ticket.main_ticket_id != Some(main)
    {
        // It takes the tickets that it handles with it.
        let handed_on = store::ticket::hand_on(txn, id, main).await?;
        for linked in std::iter::once(id).chain(handed_on) {
            let (ticket_id, main_ticket_id) = (linked.to_string(), main.to_string());
            told.push(Body::TicketLinked(TicketLinked { ticket_id, main_ticket_id, at: step.at }));
        }
    }
    Ok(told)
}

/// Takes back the answers that facts after a position brought: a follow-up that only such an answer
/// ended is due again.
pub(super) async fn forget(
    txn: &Txn,
    clock: &Clock,
    reference: &Reference,
    after: i64,
    forgotten: &mut Retraction,
) -> Result<(), DbErr> {
    let known = reference.now();
    for row in store::ticket::take_answers_after(txn, after).await? {
        let id = row.ticket_id;
        let Some(before) = store::ticket::locked(txn, id).await? else { continue };
        let mut ticket = ticket_from_rows(&before).map_err(db)?;
        let same = before.ticket.closed_at == Some(row.closed_at);
        if !(row.satisfied && same && ticket.take_back_answer()) {
            let words = "its rater's answer is in no history: the ticket stays as it is";
            forgotten.words.push(format!("ticket {id}: {words}"));
            continue;
        }
        let (mut rows, at) = (before.clone(), clock.now());
        put_into_rows(&ticket, &mut rows);
        if !store::ticket::update_ticket(txn, &before, &rows).await? {
            return Err(DbErr::RecordNotUpdated);
        }
        forgotten.words.push(format!("ticket {id} is to be followed up again"));
        forgotten.told.push(Body::TicketStepped(TicketStepped {
            ticket_id: id.to_string(),
            sequence: ticket.sequence,
            state: state_to_wire(ticket.state).into(),
            finding: finding_of(ticket.state).into(),
            at: Some(to_wire(at)),
            missed: missed(&ticket, at),
            next_due_on: next_due_on(&ticket),
            agency_id: ticket.agency.clone(),
            ..TicketStepped::default()
        }));
        let policy = opening_of(&before.ticket).map_err(db)?.act.unwrap_or_default().policy;
        // It was handled under this profile, so it is known.
        let opened = known.policy(&policy).map(|law| follow_up_opened(&rows, &ticket, law));
        forgotten.told.extend(opened);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
