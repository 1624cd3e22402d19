//! What is exchanged with other installations.

use domain::{codes::RegionCode, deadline::day_of, violation::Violations};
use platform::{clock::instant, convert::to_wire, facts::recorded_at};
use prost::Message as _;
use proto::{
    exchange::v1 as wire,
    fact::v1::{Fact, fact::Body},
    r#type::v1::Level,
};
use uuid::Uuid;

use crate::entity::{
    column::{column, day_of_column, day_to_column},
    exchange_fact, exchange_lane, exchange_link,
};

/// A fact as it came, with what is read of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Brought {
    /// The row that it becomes; its origin is not set yet.
    pub(crate) row: exchange_fact::Model,
    /// The region that it names, if it does.
    pub(crate) region: Option<String>,
}

/// Reads facts of a producer that follow a position without a gap. Their bytes stay as they are; a fact of
/// a kind that this version does not know is one too.
pub(crate) fn brought(
    wrong: &mut Violations,
    producer: &str,
    after: i64,
    facts: Vec<Vec<u8>>,
) -> Vec<Brought> {
    let mut read = Vec::with_capacity(facts.len());
    for (n, body) in facts.into_iter().enumerate() {
        let behind = i64::try_from(n).ok().and_then(|n| after.checked_add(n)?.checked_add(1));
        let fact = behind.ok_or("is too far").and_then(|at| of_bytes(producer, at, body));
        match fact {
            Ok(fact) => read.push(fact),
            Err(why) => wrong.add(format!("facts[{n}]"), why),
        }
    }
    read
}

fn of_bytes(producer: &str, position: i64, body: Vec<u8>) -> Result<Brought, &'static str> {
    let fact = Fact::decode(body.as_slice()).map_err(|_| "is no fact")?;
    if fact.producer != producer {
        return Err("is another service's");
    }
    if i64::try_from(fact.position) != Ok(position) {
        return Err("is not at the next position");
    }
    let id = fact.fact_id.parse::<Uuid>().ok().filter(|id| !id.is_nil());
    let fact_id = id.ok_or("has no id")?;
    if fact.recorded_at.is_none() {
        return Err("does not say when it was recorded");
    }
    let at = recorded_at(&fact);
    let level = match &fact.body {
        Some(Body::RatingSubmitted(rating)) if Level::try_from(rating.level).is_ok() => {
            column(rating.level)
        }
        _ => 0,
    };
    let region = fact.body.as_ref().and_then(region_of).map(str::to_owned);
    let row = exchange_fact::Model {
        origin: String::new(),
        producer: producer.to_owned(),
        cut: 0,
        position,
        fact_id,
        recorded_at: at.as_microsecond(),
        day: day_to_column(day_of(at)),
        level,
        body,
    };
    Ok(Brought { row, region })
}

/// The region that a fact names, if it names one.
fn region_of(body: &Body) -> Option<&str> {
    let act = match body {
        Body::RatingInvited(fact) => fact.act.as_ref(),
        Body::RatingWindowMoved(fact) => fact.act.as_ref(),
        Body::RatingSubmitted(fact) => fact.act.as_ref(),
        Body::TicketOpened(fact) => fact.act.as_ref(),
        _ => None,
    };
    let code = match (act, body) {
        (Some(act), _) => &act.region_code,
        (None, Body::CaseSubmitted(fact)) => &fact.region_code,
        (None, Body::ApplicantChanged(fact)) => &fact.region_code,
        (None, Body::MatterRaised(fact)) => &fact.region_code,
        (None, Body::SurveyPlanned(fact)) => &fact.region_code,
        (None, Body::SignalFound(fact)) => &fact.region_code,
        (None, Body::SignalJudged(fact)) => &fact.region_code,
        (None, Body::DeadlineWatched(fact)) => &fact.region_code,
        (None, Body::RatingExcluded(fact)) => &fact.region_code,
        (None, Body::KeyTargetStepped(fact)) => &fact.region_code,
        (None, Body::ProblemStepped(fact)) => &fact.region_code,
        (None, Body::StaffMeasureStepped(fact)) => &fact.region_code,
        (None, Body::RestrictedMatterDecided(fact)) => &fact.region_code,
        (None, Body::RestrictedReported(fact)) => &fact.region_code,
        (None, Body::FocusProposed(fact)) => &fact.region_code,
        (None, Body::FocusProposalDecided(fact)) => &fact.region_code,
        _ => return None,
    };
    Some(code).filter(|code| !code.is_empty()).map(String::as_str)
}

/// Whether a fact names a region that is neither this one nor below it.
pub(crate) fn is_outside(fact: &Brought, region: &RegionCode) -> bool {
    let Some(named) = &fact.region else { return false };
    let within = |code: RegionCode| code == *region || code.ancestors().any(|at| at == *region);
    !RegionCode::parse(named).is_ok_and(within)
}

/// What became of a lane at the upper platform, and what waits.
pub(crate) fn upward_to_wire(
    link: &exchange_link::Model,
    behind: i64,
    behind_seconds: i64,
) -> wire::UpwardState {
    let date = |day: Option<i32>| day.map(|day| day_of_column(day).to_string()).unwrap_or_default();
    wire::UpwardState {
        position: link.position.unsigned_abs(),
        receipted_at: link.receipted_at.map(|at| to_wire(instant(at))),
        behind: behind.max(0).unsigned_abs(),
        behind_seconds: behind_seconds.max(0).unsigned_abs(),
        reconciled_through: date(link.reconciled_through),
        last_error: link.last_error.clone(),
        last_difference: link.last_difference.clone(),
        resent_day: date(link.resent_day),
        stopped_day: date(link.stopped_day),
    }
}

/// A lane; `origin` is the installation's region.
pub(crate) fn lane_to_wire(lane: &exchange_lane::Model, origin: &str) -> wire::ExchangeLane {
    wire::ExchangeLane {
        origin: origin.to_owned(),
        producer: lane.producer.clone(),
        position: lane.position.unsigned_abs(),
        kept_at: Some(to_wire(instant(lane.kept_at))),
        withdrawn: lane.withdrawn.unsigned_abs(),
        outside: lane.outside.unsigned_abs(),
        levels: Vec::new(),
        upward: None,
    }
}
