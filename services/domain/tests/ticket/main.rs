//! The loop as the texts have it, document by document, and what no sequence of steps brings about.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../shipped/calendars.rs"]
mod calendars;
mod deadlines;
#[path = "../shipped/desk.rs"]
mod desk;
mod exclusion;
mod follow_up;
mod later;
mod pause;
#[path = "../shipped/profiles.rs"]
mod profiles;
mod walks;

use domain::{
    source::Source,
    ticket::{Finding, Refusal, Ticket, TicketStep},
};
use jiff::civil::Date;

use desk::{Desk, at, desk, ticket_step};
use profiles::{CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, STATE_COUNCIL};

const SC: &[Source<'static>] = &[STATE_COUNCIL];
const GX: &[Source<'static>] = &[GUANGXI];
const HY: &[Source<'static>] = &[STATE_COUNCIL, HAIYANG];
const CJ: &[Source<'static>] = &[STATE_COUNCIL, CHANGJI];
const XC: &[Source<'static>] = &[STATE_COUNCIL, COUNTY];
const DQ: &[Source<'static>] = &[STATE_COUNCIL, DISTRICT];
const CT: &[Source<'static>] = &[STATE_COUNCIL, CITY];

/// Friday, the day after the rating.
const FRIDAY: &str = "2026-03-06T02:00:00Z";

/// A complex finding with a plan for a day, and nothing said for a later one.
fn planned(day: Date) -> TicketStep {
    let mut step = ticket_step("verify", Finding::Complex);
    if let TicketStep::Verify { plan: Some(plan), .. } = &mut step {
        plan.carry_out_by = day;
    }
    step
}

/// What a step taken on a day is refused with; none if it is taken.
fn refused(desk: &Desk, ticket: &Ticket, step: &TicketStep, now: &str) -> Option<String> {
    match desk.take(ticket, step, at(now)) {
        Ok(_) => None,
        Err(Refusal::Malformed(violations)) => Some(violations.to_string()),
        Err(other) => panic!("{other}"),
    }
}
