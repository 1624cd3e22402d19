//! Tickets and their steps.

mod follow_up;
mod new;
mod rows;
mod steps;

use domain::codes::{RegionCode, RegionLevel};
use jiff::Timestamp;
use platform::{clock::instant, convert::to_wire, status::Failure};
use prost::Message as _;
use proto::{
    fact::v1::{MatterRaised, RatingSubmitted},
    ticketing::v1 as wire,
    r#type::v1::ServiceAct,
};
use uuid::Uuid;

use crate::entity::{TicketRows, ticket, ticket_deadline, ticket_effect};
pub(crate) use follow_up::{follow_up_due_to_wire, follow_up_ended, follow_up_opened};
pub(crate) use new::{NewTicket, missed, next_due_on, open, relapses_since, stepped};
pub(crate) use rows::{
    NOTHING_DUE, finding_of, open_states, put_into_rows, state_to_wire, ticket_from_rows, watch_at,
};
pub(crate) use steps::step;

/// The rating that opened a ticket, or the parts that what opened it shares with a rating.
pub(crate) fn opening_of(row: &ticket::Model) -> Result<RatingSubmitted, Failure> {
    RatingSubmitted::decode(row.opening.as_slice()).map_err(|e| Failure::Internal(e.to_string()))
}

/// The matter that opened a ticket; an empty one if something else did.
pub(crate) fn matter_of(row: &ticket::Model) -> Result<MatterRaised, Failure> {
    let Some(matter) = &row.matter else { return Ok(MatterRaised::default()) };
    MatterRaised::decode(matter.as_slice()).map_err(|e| Failure::Internal(e.to_string()))
}

/// The agencies that the case of a rated act names beside its own. Acts of older versions name them
/// for a composite rating only.
pub(crate) fn participants_of(act: &ServiceAct) -> impl Iterator<Item = String> + '_ {
    let named = if act.participants.is_empty() { &act.involved } else { &act.participants };
    named.iter().map(|part| part.agency_id.clone())
}

/// The persons named by the rating or the matter that opened a ticket.
pub(crate) fn rated_by_opening(row: &ticket::Model) -> Result<Vec<String>, Failure> {
    let act = opening_of(row)?.act.unwrap_or_default();
    // The unit of a review can be a person.
    let named = [act.staff_id, matter_of(row)?.unit_id];
    Ok(named.into_iter().filter(|id| !id.is_empty()).collect())
}

/// The region whose Authority a ticket belongs to: a county's for what is below it.
pub(crate) fn authority_region(region: &str) -> String {
    let code = RegionCode::parse(region).ok();
    let mut lineage = std::iter::successors(code, RegionCode::parent);
    let county = lineage.find(|code| !is_below_county(code));
    county.map_or_else(|| region.to_owned(), |code| code.as_str().to_owned())
}

/// Whether a region is a township's or a village's.
pub(crate) fn is_township(region: &str) -> bool {
    RegionCode::parse(region).is_ok_and(|code| is_below_county(&code))
}

fn is_below_county(code: &RegionCode) -> bool {
    matches!(code.level(), RegionLevel::Township | RegionLevel::Village)
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
/// How many in lists and in answers to steps: those that run, and the ones before them.
pub(crate) const DEADLINES_IN_SHORT: usize = 8;

/// A ticket as officers see it, with so many of its newest deadlines. Names beside codes are to be
/// filled in.
pub(crate) fn ticket_to_wire(
    rows: &TicketRows,
    parts: TicketParts,
    newest: usize,
    now: Timestamp,
) -> Result<wire::Ticket, Failure> {
    let row = &rows.ticket;
    let (opening, matter) = (opening_of(row)?, matter_of(row)?);
    let TicketParts { rating_ids, rating_count, steps, effects } = parts;
    let effect = |effect: ticket_effect::Model| wire::TicketEffect {
        item_code: effect.item_code,
        version: u32::try_from(effect.version).unwrap_or_default(),
        published_at: Some(to_wire(instant(effect.published_at))),
    };
    let ids = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    let participants = rows.parts.iter().map(|part| wire::Participant {
        agency_id: part.agency_id.clone(),
        answered: part.answered,
        ..wire::Participant::default()
    });
    let original_number = row.upper_number.clone().unwrap_or(matter.original_number);
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
        deadlines: newest_of(&rows.deadlines, newest, now)?,
        finding: row.finding.into(),
        steps,
        due_at: (row.due_at != NOTHING_DUE).then(|| to_wire(instant(row.due_at))),
        effects: effects.into_iter().map(effect).collect(),
        matter_id: matter.matter_id,
        matter_kind: matter.kind,
        matter_source: matter.source,
        original_number,
        batch_id: opening.batch_id,
        rating_count,
        step_count: u32::try_from(row.sequence).unwrap_or_default(),
        ground: row.ground.into(),
        assignee: row.assignee.clone().unwrap_or_default(),
        agency_id: row.agency_id.clone(),
        participants: participants.collect(),
        main_ticket_id: ids(row.main_ticket_id),
        upper_number: row.upper_number.clone().unwrap_or_default(),
        relapse_of: ids(row.relapse_of),
        contact_attempts: u32::try_from(row.contact_attempts).unwrap_or_default(),
        clock_stopped_at: row.clock_stopped_at.map(|at| to_wire(instant(at))),
        ..wire::Ticket::default()
    })
}

fn newest_of(
    rows: &[ticket_deadline::Model],
    newest: usize,
    now: Timestamp,
) -> Result<Vec<proto::r#type::v1::Deadline>, Failure> {
    let newest = &rows[rows.len().saturating_sub(newest)..];
    newest.iter().map(|row| rows::deadline_to_wire(row, now)).collect()
}
