use platform::testing::{AGENCY, profile_published, tell};
use proto::{
    fact::v1::deadline_watched::Kind as Watch,
    ticketing::v1::{
        Appeal, ReinstateRatingRequest, Step, Ticket, WithdrawAppealRequest, step::Act,
    },
    r#type::v1::{DeadlineEnd, ExclusionDuty, ExclusionGround, Level, TicketState},
};

use super::*;
use crate::{
    jobs::{testing::told, watch_deadlines},
    rpc::{
        appeal::{
            reinstate_rating,
            testing::{Rated, SERVED, lodge, officer},
            withdraw_appeal,
        },
        testing::{Fixture, assign, handler, request_id},
    },
};
use platform::auth::Caller;
use platform::facts::consume::Consumer as _;
use platform::testing::{REGION, principal};
use uuid::Uuid;

const MONDAY: &str = "2026-03-02T01:00:00Z";
const ACT: &str = "feed_back_clear";

/// Changji's document, with one more sentence.
async fn fixture() -> Fixture {
    let fixture = Fixture::new().await;
    let Body::ProfilePublished(mut profile) = profile_published("changji-2020") else {
        panic!("no profile")
    };
    let stops = "\n[appeal_stops_clock]\nvalue = true\nclause = \"示例\"\n";
    profile.layers.last_mut().unwrap().push_str(stops);
    profile.version += 1;
    tell(&fixture.ticketing.store, vec![Body::ProfilePublished(profile)]).await;
    fixture.ticketing.reference.refresh().await.unwrap();
    fixture.at(MONDAY);
    fixture
}

async fn read(fixture: &Fixture, rated: &Rated) -> Ticket {
    fixture.read(handler(AGENCY), &rated.ticket_id).await.unwrap()
}

/// The days of an act, how each ended, and whether it was missed.
fn days(ticket: &Ticket) -> Vec<(&str, DeadlineEnd, bool)> {
    let of_act = ticket.deadlines.iter().filter(|due| due.act == ACT);
    of_act.map(|due| (due.due_on.as_str(), due.end(), due.missed)).collect()
}

/// What appeals did to a ticket, by its history, which explains every number.
fn effects(ticket: &Ticket) -> Vec<Kind> {
    let numbers: Vec<u32> = ticket.steps.iter().map(|step| step.sequence).collect();
    assert_eq!(numbers, (1..=ticket.step_count).collect::<Vec<_>>());
    let effect = |step: &Step| match &step.act {
        Some(Act::AppealEffect(effect)) => Some(effect.kind()),
        _ => None,
    };
    ticket.steps.iter().filter_map(effect).collect()
}

async fn withdraw(fixture: &Fixture, appeal: &Appeal) {
    let appeal_id = appeal.appeal_id.clone();
    let request = WithdrawAppealRequest { request_id: request_id(), appeal_id };
    withdraw_appeal::run(&fixture.ticketing, officer("lodger"), request).await.unwrap();
}

async fn reject(fixture: &Fixture, appeal: &Appeal) {
    let by = officer("decider");
    fixture.record(by.clone(), &appeal.appeal_id, ExclusionDuty::Verified).await;
    fixture.decided(by, &appeal.appeal_id, ExclusionGround::Unspecified).await;
}

async fn looked(fixture: &Fixture) {
    watch_deadlines::round(&fixture.ticketing, Uuid::from_u128(2)).await.unwrap();
}

#[tokio::test]
async fn t07_the_handling_clock_stands_still_while_an_appeal_waits_where_the_profile_says_so() {
    let fixture = fixture().await;
    let rated = fixture.rated().await;
    let appeal = fixture.lodged(&rated).await;
    let stopped = read(&fixture, &rated).await;
    assert_eq!(effects(&stopped), [Kind::ClockStopped]);
    assert!(stopped.clock_stopped_at.is_some() && stopped.due_at.is_none(), "{stopped:?}");
    fixture.at("2026-03-20T01:00:00Z");
    looked(&fixture).await;
    assert_eq!(told(&fixture).await, [], "nobody is urged, and nothing is late");
    assert_eq!(days(&read(&fixture, &rated).await), [("2026-03-09", DeadlineEnd::Running, false)]);
    reject(&fixture, &appeal).await;
    let resumed = read(&fixture, &rated).await;
    assert_eq!(effects(&resumed), [Kind::ClockStopped, Kind::ClockResumed]);
    assert_eq!((resumed.clock_stopped_at, resumed.steps[1].by.as_str()), (None, "decider"));
    let (moved, running) = (DeadlineEnd::Moved, DeadlineEnd::Running);
    assert_eq!(days(&resumed), [("2026-03-09", moved, false), ("2026-03-26", running, false)]);
    let both: Vec<_> = resumed.deadlines.iter().filter(|due| due.act == ACT).collect();
    assert_eq!(both[0].superseded_by, both[1].number);
    let pause = both[1].pauses.first().unwrap();
    assert_eq!((pause.from.as_str(), pause.until.as_str()), ("2026-03-02", "2026-03-20"));
    fixture.at("2026-03-26T16:00:00Z");
    looked(&fixture).await;
    let late = (Watch::Escalated, ACT.to_owned(), "2026-03-26".to_owned());
    assert!(told(&fixture).await.contains(&late), "the new day is watched");
    assert!(days(&read(&fixture, &rated).await)[1].2);
}

#[tokio::test]
async fn t07_an_appeal_taken_back_lets_it_run_and_a_step_meanwhile_leaves_it_stopped() {
    let fixture = fixture().await;
    let rated = fixture.rated().await;
    let appeal = fixture.lodged(&rated).await;
    fixture.at("2026-03-10T01:00:00Z");
    fixture.step(&rated.ticket_id, assign()).await.unwrap();
    let assigned = read(&fixture, &rated).await;
    assert!(assigned.deadlines.iter().all(|due| !due.missed), "{:?}", assigned.deadlines);
    assert!(assigned.clock_stopped_at.is_some());
    fixture.at("2026-03-11T01:00:00Z");
    withdraw(&fixture, &appeal).await;
    let resumed = read(&fixture, &rated).await;
    assert_eq!(effects(&resumed), [Kind::ClockStopped, Kind::ClockResumed]);
    assert_eq!(days(&resumed).last().unwrap().0, "2026-03-17");
}

#[tokio::test]
async fn t07_of_two_appeals_about_a_ticket_the_last_one_lets_its_clock_run() {
    let fixture = fixture().await;
    let act_id = fixture.ticketing.shell.clock.new_id();
    let (one, two) = (fixture.rating_here(act_id), fixture.rating_here(act_id));
    let bodies = [&one, &two].map(|rating| Body::RatingSubmitted(rating.clone()));
    let applied = fixture.apply_together(bodies.into()).await;
    let [(_, Body::TicketOpened(opened)), _] = applied.told.as_slice() else {
        panic!("{applied:?}")
    };
    let of = |rating_id: &String| Rated {
        rating_id: rating_id.clone(),
        ticket_id: opened.ticket_id.clone(),
        act_id,
    };
    let (one, two) = (of(&one.rating_id), of(&two.rating_id));
    let first = fixture.lodged(&one).await;
    fixture.lodged(&two).await;
    withdraw(&fixture, &first).await;
    assert!(read(&fixture, &one).await.clock_stopped_at.is_some(), "the other one waits");
    // The second rating is in no history any more: its appeal ends with it.
    let txn = fixture.ticketing.store.begin().await.unwrap();
    let forgotten = fixture.ticketing.consumer().forget(&txn, "intake", 1).await.unwrap();
    txn.commit().await.unwrap();
    let stepped = forgotten.told.iter().filter(|body| matches!(body, Body::TicketStepped(_)));
    assert_eq!(stepped.count(), 1, "{:?}", forgotten.told);
    let resumed = read(&fixture, &one).await;
    assert_eq!(effects(&resumed), [Kind::ClockStopped, Kind::ClockResumed]);
    assert_eq!(resumed.clock_stopped_at, None);
}

#[tokio::test]
async fn t07_under_a_document_that_is_silent_the_handling_goes_on() {
    let fixture = Fixture::new().await;
    let rated = fixture.rated().await;
    fixture.lodged(&rated).await;
    let ticket = read(&fixture, &rated).await;
    assert_eq!((ticket.step_count, ticket.clock_stopped_at), (0, None));
    fixture.at("2026-03-20T01:00:00Z");
    assert!(days(&read(&fixture, &rated).await)[0].2, "late as ever");
}

#[tokio::test]
async fn t07_the_history_of_a_ticket_explains_every_number_of_an_exclusion_and_its_end() {
    let fixture = Fixture::under("changji-2020").await;
    let (rated, exclusion) = fixture.excluded().await;
    let ended = read(&fixture, &rated).await;
    assert_eq!((ended.state(), effects(&ended)), (TicketState::Excluded, vec![Kind::Excluded]));
    let step = ended.steps.last().unwrap();
    let Some(Act::AppealEffect(effect)) = &step.act else { panic!("{step:?}") };
    assert_eq!((step.by.as_str(), &effect.rating_id), ("decider", &rated.rating_id));
    assert_eq!(effect.appeal_id, exclusion.appeal_id);
    let request = ReinstateRatingRequest {
        request_id: request_id(),
        exclusion_id: exclusion.exclusion_id,
        reason: "示例：复查为真实差评".to_owned(),
    };
    let by = principal("a-1", Caller::Authority { region: REGION.to_owned() });
    reinstate_rating::run(&fixture.ticketing, by, request).await.unwrap();
    let again = read(&fixture, &rated).await;
    assert_eq!(again.state(), TicketState::Opened);
    assert_eq!(effects(&again), [Kind::Excluded, Kind::Reinstated]);
    fixture.step(&rated.ticket_id, assign()).await.unwrap();
    assert_eq!(effects(&read(&fixture, &rated).await).len(), 2, "and goes on counting");
}

#[tokio::test]
async fn t07_an_appeal_against_a_ticket_that_is_over_stops_nothing() {
    let fixture = fixture().await;
    let rated = fixture.rated().await;
    fixture.steps(&rated.ticket_id, crate::rpc::testing::to_closed()).await;
    let before = read(&fixture, &rated).await;
    let request = lodge(&rated, SERVED);
    let lodged = crate::rpc::appeal::lodge_appeal::run;
    lodged(&fixture.ticketing, officer("lodger"), request).await.unwrap();
    assert_eq!(read(&fixture, &rated).await, before);
    assert_eq!(before.level(), Level::VeryDissatisfied);
}

#[tokio::test]
async fn t07_who_took_an_appeal_back_gains_no_more_time_by_lodging_it_again() {
    let fixture = fixture().await;
    let rated = fixture.rated().await;
    let appeal = fixture.lodged(&rated).await;
    withdraw(&fixture, &appeal).await;
    let before = read(&fixture, &rated).await;
    fixture.lodged(&rated).await;
    let again = read(&fixture, &rated).await;
    assert_eq!((again.clock_stopped_at, again.due_at), (None, before.due_at));
    assert_eq!(effects(&again), [Kind::ClockStopped, Kind::ClockResumed]);
}
