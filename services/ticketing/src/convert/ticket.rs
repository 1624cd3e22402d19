//! Tickets and their steps.

use domain::{
    deadline::{Deadline, iso_date},
    ticket::{Finding, Means, Plan, Ticket, TicketState, TicketStep},
    violation::Violations,
};
use platform::{
    clock::instant,
    convert::{self, Meaningless, finding_to_wire, to_wire},
    status::Failure,
};
use prost::Message as _;
use proto::{
    fact::v1::{MatterRaised, RatingSubmitted},
    ticketing::v1 as wire,
    r#type::v1 as shared,
};
use uuid::Uuid;

use crate::entity::{ticket, ticket_effect};

/// A due time that sorts last: nothing is due.
pub(crate) const NOTHING_DUE: i64 = i64::MAX;

pub(crate) fn state_to_wire(state: &TicketState) -> shared::TicketState {
    match state {
        TicketState::Opened => shared::TicketState::Opened,
        TicketState::Assigned => shared::TicketState::Assigned,
        TicketState::Contacted => shared::TicketState::Contacted,
        TicketState::Verified { .. } => shared::TicketState::Verified,
        TicketState::Rectified { .. } => shared::TicketState::Rectified,
        TicketState::FedBack { .. } => shared::TicketState::FedBack,
        TicketState::Accepted { .. } => shared::TicketState::Accepted,
        TicketState::Closed { .. } => shared::TicketState::Closed,
        TicketState::Confirmed { .. } => shared::TicketState::Confirmed,
        TicketState::Annulled => shared::TicketState::Annulled,
    }
}

fn state(state: i16, finding: Option<Finding>) -> Result<TicketState, Meaningless> {
    let earned = || finding.ok_or(Meaningless("the state lacks its finding"));
    match shared::TicketState::try_from(i32::from(state)) {
        Ok(shared::TicketState::Opened) => Ok(TicketState::Opened),
        Ok(shared::TicketState::Assigned) => Ok(TicketState::Assigned),
        Ok(shared::TicketState::Contacted) => Ok(TicketState::Contacted),
        Ok(shared::TicketState::Verified) => Ok(TicketState::Verified { finding: earned()? }),
        Ok(shared::TicketState::Rectified) => Ok(TicketState::Rectified { finding: earned()? }),
        Ok(shared::TicketState::FedBack) => Ok(TicketState::FedBack { finding: earned()? }),
        Ok(shared::TicketState::Accepted) => Ok(TicketState::Accepted { finding: earned()? }),
        Ok(shared::TicketState::Closed) => Ok(TicketState::Closed { finding: earned()? }),
        Ok(shared::TicketState::Confirmed) => Ok(TicketState::Confirmed { finding: earned()? }),
        Ok(shared::TicketState::Annulled) => Ok(TicketState::Annulled),
        Ok(shared::TicketState::Unspecified) | Err(_) => Err(Meaningless("is no state")),
    }
}

/// The finding of a state on the wire; unspecified before there is one.
pub(crate) fn finding_of(state: &TicketState) -> shared::Finding {
    state.finding().map_or(shared::Finding::Unspecified, finding_to_wire)
}

/// The ticket of a row.
pub(crate) fn ticket_from_row(row: &ticket::Model) -> Result<Ticket, Failure> {
    let broken = |why: Meaningless| Failure::Internal(format!("ticket {}: {why}", row.id));
    let finding = match row.finding {
        0 => None,
        finding => Some(convert::finding(finding.into()).map_err(broken)?),
    };
    let deadlines: Result<Vec<Deadline>, Meaningless> =
        deadlines_of(row)?.into_iter().map(convert::deadline).collect();
    Ok(Ticket {
        real_name: row.real_name,
        state: state(row.state, finding).map_err(broken)?,
        sequence: u32::try_from(row.sequence).unwrap_or_default(),
        clock_started_at: instant(row.clock_started_at),
        deadlines: deadlines.map_err(broken)?,
    })
}

/// The parts of a ticket in its row's columns.
pub(crate) fn put_into_row(ticket: &Ticket, row: &mut ticket::Model) {
    let number = |value: i32| i16::try_from(value).unwrap_or_default();
    let deadlines = ticket.deadlines.iter().map(convert::deadline_to_wire).collect();
    row.state = number(state_to_wire(&ticket.state).into());
    row.finding = number(finding_of(&ticket.state).into());
    row.clock_started_at = ticket.clock_started_at.as_microsecond();
    row.sequence = i32::try_from(ticket.sequence).unwrap_or(i32::MAX);
    row.due_at = ticket.due_at().map_or(NOTHING_DUE, jiff::Timestamp::as_microsecond);
    row.deadlines = wire::Ticket { deadlines, ..wire::Ticket::default() }.encode_to_vec();
}

fn deadlines_of(row: &ticket::Model) -> Result<Vec<shared::Deadline>, Failure> {
    let kept = wire::Ticket::decode(row.deadlines.as_slice());
    kept.map(|kept| kept.deadlines).map_err(|error| Failure::Internal(error.to_string()))
}

/// The rating that opened a ticket, or the parts a matter shares with a rating.
pub(crate) fn opening_of(row: &ticket::Model) -> Result<RatingSubmitted, Failure> {
    RatingSubmitted::decode(row.opening.as_slice()).map_err(|e| Failure::Internal(e.to_string()))
}

/// The matter that opened a ticket; an empty one if a rating did.
fn matter_of(row: &ticket::Model) -> Result<MatterRaised, Failure> {
    let Some(matter) = &row.matter else { return Ok(MatterRaised::default()) };
    MatterRaised::decode(matter.as_slice()).map_err(|e| Failure::Internal(e.to_string()))
}

/// The persons named by the rating or the matter that opened a ticket.
pub(crate) fn rated_by_opening(row: &ticket::Model) -> Result<Vec<String>, Failure> {
    let act = opening_of(row)?.act.unwrap_or_default();
    // The unit of a review can be a person.
    let named = [act.staff_id, matter_of(row)?.unit_id];
    Ok(named.into_iter().filter(|id| !id.is_empty()).collect())
}

/// What belongs to a ticket and is sent with it. There can be any number; only so many of each are
/// sent that an answer stays small.
#[derive(Default)]
pub(crate) struct TicketParts {
    /// Its first ratings.
    pub(crate) rating_ids: Vec<Uuid>,
    /// How many it has.
    pub(crate) rating_count: u32,
    /// The steps that are sent.
    pub(crate) steps: Vec<wire::Step>,
    /// What it led to.
    pub(crate) effects: Vec<ticket_effect::Model>,
}

/// How many of the newest deadlines a reader of one ticket gets.
pub(crate) const DEADLINES: usize = 40;
/// How many in lists and in answers to steps: those in force, and the ones they replaced.
pub(crate) const DEADLINES_IN_SHORT: usize = 8;

/// A ticket as officers see it, with so many of its newest deadlines.
pub(crate) fn ticket_to_wire(
    row: &ticket::Model,
    parts: TicketParts,
    newest: usize,
) -> Result<wire::Ticket, Failure> {
    let (opening, matter) = (opening_of(row)?, matter_of(row)?);
    let TicketParts { rating_ids, rating_count, steps, effects } = parts;
    let mut deadlines = deadlines_of(row)?;
    deadlines.drain(..deadlines.len().saturating_sub(newest));
    let effect = |effect: ticket_effect::Model| wire::TicketEffect {
        item_code: effect.item_code,
        version: u32::try_from(effect.version).unwrap_or_default(),
        published_at: Some(to_wire(instant(effect.published_at))),
    };
    Ok(wire::Ticket {
        ticket_id: row.id.to_string(),
        state: row.state.into(),
        act: opening.act,
        level: opening.level,
        tag_codes: opening.tag_codes,
        has_text: opening.has_text,
        real_name: row.real_name,
        rating_ids: rating_ids.into_iter().map(|id| id.to_string()).collect(),
        opened_at: Some(to_wire(instant(row.opened_at))),
        deadlines,
        finding: row.finding.into(),
        steps,
        due_at: (row.due_at != NOTHING_DUE).then(|| to_wire(instant(row.due_at))),
        effects: effects.into_iter().map(effect).collect(),
        matter_id: matter.matter_id,
        matter_kind: matter.kind,
        matter_source: matter.source,
        original_number: matter.original_number,
        batch_id: opening.batch_id,
        rating_count,
        step_count: u32::try_from(row.sequence).unwrap_or_default(),
    })
}

/// A step from the wire; a part that means nothing is named with its field.
pub(crate) fn step(step: wire::step::Act) -> Result<TicketStep, Violations> {
    let mut wrong = Violations::default();
    let step = match step {
        wire::step::Act::Assignment(step) => Some(TicketStep::Assign { assignee: step.assignee }),
        wire::step::Act::Contact(step) => wrong
            .take("contact.means", means(step.means))
            .map(|means| TicketStep::Contact { means, reached: step.reached, note: step.note }),
        wire::step::Act::Verification(step) => verification(step, &mut wrong),
        wire::step::Act::Rectification(step) => {
            Some(TicketStep::Rectify { measures: step.measures, evidence: step.evidence })
        }
        wire::step::Act::Feedback(step) => wrong
            .take("feedback.means", means(step.means))
            .map(|means| TicketStep::FeedBack { means, summary: step.summary }),
        wire::step::Act::Acceptance(step) => Some(TicketStep::Accept { opinion: step.opinion }),
        wire::step::Act::Closing(_) => Some(TicketStep::Close),
        wire::step::Act::FollowUp(step) => {
            wrong.take("follow_up.means", means(step.means)).map(|means| TicketStep::FollowUp {
                means,
                satisfied: step.satisfied,
                note: step.note,
            })
        }
    };
    wrong.finish(()).and(step.ok_or_else(Violations::default))
}

fn verification(step: wire::Verification, wrong: &mut Violations) -> Option<TicketStep> {
    let finding = wrong.take("verification.finding", convert::finding(step.finding));
    let plan = if step.plan.is_empty() && step.carry_out_by.is_empty() {
        Some(None)
    } else {
        let day = wrong.take("verification.carry_out_by", iso_date(&step.carry_out_by));
        day.map(|carry_out_by| Some(Plan { text: step.plan, carry_out_by }))
    };
    Some(TicketStep::Verify { finding: finding?, reason: step.reason, plan: plan? })
}

fn means(means: i32) -> Result<Means, Meaningless> {
    match wire::Means::try_from(means) {
        Ok(wire::Means::Phone) => Ok(Means::Phone),
        Ok(wire::Means::Sms) => Ok(Means::Sms),
        Ok(wire::Means::Online) => Ok(Means::Online),
        Ok(wire::Means::InPerson) => Ok(Means::InPerson),
        Ok(wire::Means::Unspecified) | Err(_) => Err(Meaningless("is missing or unknown")),
    }
}
