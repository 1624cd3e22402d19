//! Records to simulate: a few by hand, and whole worlds by chance.

use domain::{
    calendar::Calendar,
    case::Stage,
    id::{ActId, CaseId, RatingId, TicketId},
    level::Level,
    profile::Profile,
    rating::{Origin, ServiceAct},
    simulate::{Opening, Record, RecordedRating, RecordedState, RecordedStep},
    ticket::Finding,
};
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;
use uuid::Uuid;

const REGIONS: [&str; 4] = ["652301", "450100", "370687", "310000"];

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Some hours after Monday 2026-02-02 at 10:00 in Shanghai, before the Spring Festival.
pub fn after(hours: i64) -> Timestamp {
    at("2026-02-02T02:00:00Z").checked_add(hours.hours()).unwrap()
}

pub fn act_id(n: u128) -> ActId {
    ActId(Uuid::from_u128(n))
}

pub fn ticket_id(n: u128) -> TicketId {
    TicketId(Uuid::from_u128(n))
}

/// An act of completion on Monday 2026-03-02 at 10:00 in Shanghai.
pub fn act(n: u128, policy: &str) -> ServiceAct {
    ServiceAct {
        id: act_id(n),
        case_id: CaseId(Uuid::from_u128(n)),
        stage: Stage::Completion,
        service_number: 1,
        region_code: "652301".to_owned(),
        agency_id: "agency-0".to_owned(),
        item_code: "item".to_owned(),
        item_version: 1,
        terminal_id: None,
        window_id: None,
        staff_id: None,
        staff_unconfirmed: false,
        hall_id: None,
        platform_id: None,
        line_id: None,
        reported_at: None,
        involved: Vec::new(),
        served_at: at("2026-03-02T02:00:00Z"),
        policy: policy.to_owned(),
    }
}

/// A rating with nothing but its level.
pub fn rating(id: u128, level: Level, received_at: &str) -> RecordedRating {
    RecordedRating {
        id: RatingId(Uuid::from_u128(id)),
        origin: Origin::Active,
        level,
        received_at: at(received_at),
        given_at: at(received_at),
        tags: 0,
        has_text: false,
        private: false,
        real_name: false,
    }
}

/// A ticket of an act opened by a rating of 2026-03-05.
pub fn opened(ticket: u128, rating: u128, of: u128, real_name: bool) -> Record {
    let (rating, at) = (RatingId(Uuid::from_u128(rating)), at("2026-03-05T02:00:01Z"));
    Record::Opened {
        act: act(of, "changji-2020@1"),
        ticket: ticket_id(ticket),
        opening: Opening { rating, at, real_name },
    }
}

/// A step of a ticket by the state's name; `upset` reopens it.
pub fn stepped(ticket: u128, sequence: u32, state: &str, finding: Finding, day: &str) -> Record {
    let (state, followed_up) = match state {
        "assigned" => (RecordedState::Assigned, false),
        "contacted" => (RecordedState::Contacted, false),
        "verified" => (RecordedState::Verified, false),
        "rectified" => (RecordedState::Rectified, false),
        "fed back" => (RecordedState::FedBack, false),
        "accepted" => (RecordedState::Accepted, false),
        "closed" => (RecordedState::Closed, false),
        "content" => (RecordedState::Confirmed, true),
        "upset" => (RecordedState::Opened, true),
        other => panic!("{other} is no state"),
    };
    let told =
        matches!(state, RecordedState::Opened | RecordedState::Assigned | RecordedState::Contacted);
    let finding = (!told).then_some(finding);
    let step = RecordedStep { state, finding, at: at(day), followed_up };
    Record::Stepped { ticket: ticket_id(ticket), sequence, step }
}

/// By chance: an act, its ratings, and how far and fast a ticket of it went.
#[derive(Clone, Debug)]
struct Drawn {
    place: usize,
    stage: usize,
    served: i64,
    ratings: Vec<(usize, i64, usize, bool, bool, bool)>,
    steps: Vec<i64>,
    finding: usize,
    upset: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let rating = (0..5_usize, 0..400_i64, 0..2_usize, flags)
        .prop_map(|(level, hours, tags, (a, b, c))| (level, hours, tags, a, b, c));
    let ratings = proptest::collection::vec(rating, 0..4);
    let steps = proptest::collection::vec(0..120_i64, 0..12);
    (0..8_usize, 0..4_usize, 0..1_000_i64, ratings, steps, 0..3_usize, any::<bool>()).prop_map(
        |(place, stage, served, ratings, steps, finding, upset)| Drawn {
            place,
            stage,
            served,
            ratings,
            steps,
            finding,
            upset,
        },
    )
}

/// Acts under any of the profiles.
pub fn world<'a>(
    profiles: &'a [Profile],
    calendar: &'a Calendar,
) -> impl Strategy<Value = Vec<Record>> + 'a {
    let acts = proptest::collection::vec((drawn(), 0..profiles.len()), 0..12);
    acts.prop_map(|acts| {
        let numbered = (1..).zip(acts);
        numbered.flat_map(|(n, (drawn, own))| told(n, &drawn, &profiles[own], calendar)).collect()
    })
}

/// Acts all under one of the profiles, and which.
pub fn world_of<'a>(
    profiles: &'a [Profile],
    calendar: &'a Calendar,
) -> impl Strategy<Value = (usize, Vec<Record>)> + 'a {
    let acts = proptest::collection::vec(drawn(), 0..12);
    (0..profiles.len(), acts).prop_map(|(own, acts)| {
        let told = (1..).zip(acts).flat_map(|(n, drawn)| told(n, &drawn, &profiles[own], calendar));
        (own, told.collect())
    })
}

/// What services under a profile would tell of an act.
fn told(n: u128, drawn: &Drawn, own: &Profile, calendar: &Calendar) -> Vec<Record> {
    let stages = [Stage::Acceptance, Stage::Approval, Stage::Issuance, Stage::Completion];
    let mut served = act(n, &own.policy());
    served.stage = stages[drawn.stage];
    // Windows from acceptance or completion are told of acts of these stages alone.
    if own.rating_window.as_ref().is_some_and(|rule| rule.value.event != "service_received") {
        served.stage = Stage::Completion;
    }
    served.region_code = REGIONS[drawn.place % 4].to_owned();
    served.agency_id = format!("agency-{}", drawn.place);
    served.served_at = after(drawn.served);
    let regional = calendar.of(&served.region_code);
    let window = own.rating_window.as_ref();
    let window = window.map(|rule| rule.value.due(served.served_at, &regional).unwrap());
    let closes_on = window.map(|window| window.due_on);
    let mut records = vec![
        Record::CaseAccepted { case: served.case_id, at: after(drawn.served - 24) },
        Record::Invited { act: served.clone(), closes_on },
    ];
    let mut first_negative = None;
    for (k, (level, hours, tags, has_text, private, real_name)) in (0..).zip(&drawn.ratings) {
        let rating = RecordedRating {
            id: RatingId(Uuid::from_u128(n * 100 + k)),
            origin: Origin::Active,
            level: Level::ALL[*level],
            received_at: after(drawn.served + hours),
            given_at: after(drawn.served + hours),
            tags: *tags,
            has_text: *has_text,
            private: *private,
            real_name: *real_name,
        };
        if rating.level.is_negative() && first_negative.is_none() {
            first_negative = Some(rating.clone());
        }
        records.push(Record::Rated { act: served.clone(), rating });
    }
    if let Some(rating) = first_negative {
        let opening =
            Opening { rating: rating.id, at: rating.received_at, real_name: rating.real_name };
        records.push(Record::Opened { act: served, ticket: ticket_id(n), opening });
        records.extend(steps(n, drawn, rating.received_at));
    }
    records
}

fn steps(n: u128, drawn: &Drawn, opened_at: Timestamp) -> Vec<Record> {
    let finding = [Finding::Clear, Finding::Complex, Finding::NoLegalBasis][drawn.finding];
    let end = if drawn.upset { "upset" } else { "content" };
    let mut way = ["assigned", "contacted", "verified", "rectified", "fed back", "accepted"]
        .into_iter()
        .filter(|state| finding != Finding::NoLegalBasis || *state != "rectified")
        .chain(["closed", end])
        .collect::<Vec<_>>();
    if drawn.upset {
        way.extend(way.clone());
    }
    let mut now = opened_at;
    let mut records = Vec::new();
    for ((sequence, state), hours) in (1..).zip(way).zip(&drawn.steps) {
        now = now.checked_add(hours.hours()).unwrap();
        records.push(stepped(n, sequence, state, finding, &now.to_string()));
    }
    records
}

/// Puts records into an order that only the seed knows.
pub fn shuffle(records: &mut [Record], mut seed: u64) {
    for n in (1..records.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = usize::try_from(seed >> 33).unwrap() % (n + 1);
        records.swap(n, drawn);
    }
}
