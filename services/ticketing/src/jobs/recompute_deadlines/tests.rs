use platform::testing::wait;
use proto::{
    fact::v1::deadline_watched::Kind as Watch,
    ticketing::v1::GetTicketRequest,
    r#type::v1::{Deadline, Finding},
};

use super::*;
use crate::{
    jobs::{
        testing::{NATION, NOTICE, expected, publish, told},
        watch_deadlines,
    },
    rpc::{
        testing::{Fixture, assign, contact, feed_back, handler, rectify, verify},
        ticket::get_ticket,
    },
};
use platform::testing::AGENCY;

/// A Friday from which five working days end on 4 January, as far as is known without a notice.
const FRIDAY: &str = "2026-12-25T01:00:00Z";
/// The morning after.
const AFTER: &str = "2027-01-05T01:00:00Z";
const ACT: &str = "feed_back_clear";

async fn recomputed(fixture: &Fixture) -> usize {
    let holder = Uuid::from_u128(1);
    round(&fixture.ticketing, holder, &mut Passes::default()).await.unwrap()
}

async fn looked(fixture: &Fixture) {
    watch_deadlines::round(&fixture.ticketing, Uuid::from_u128(2)).await.unwrap();
}

/// The deadlines of an act: the day, how it ended, and whether it was missed.
async fn record(fixture: &Fixture, id: &str) -> Vec<Deadline> {
    let request = GetTicketRequest { ticket_id: id.to_owned(), ..GetTicketRequest::default() };
    let ticket = get_ticket::run(&fixture.ticketing, handler(AGENCY), request).await.unwrap();
    let deadlines = ticket.ticket.unwrap().deadlines;
    deadlines.into_iter().filter(|due| due.act == ACT).collect()
}

fn short(record: &[Deadline]) -> Vec<(&str, bool, bool)> {
    record.iter().map(|due| (due.due_on.as_str(), due.provisional, due.missed)).collect()
}

async fn of_act(fixture: &Fixture) -> Vec<(Watch, String, String)> {
    let mut told = told(fixture).await;
    told.retain(|(_, act, _)| act == ACT);
    told
}

#[tokio::test]
async fn t04_nobody_is_late_by_a_day_that_became_a_holiday_even_if_it_was_escalated() {
    let fixture = Fixture::new().await;
    fixture.at(FRIDAY);
    let id = fixture.ticket().await;
    fixture.at(AFTER);
    looked(&fixture).await;
    assert_eq!(short(&record(&fixture, &id).await), [("2027-01-04", true, true)]);
    publish(&fixture, &[NATION]).await;
    assert_eq!(recomputed(&fixture).await, 0, "the same calendar changes nothing");
    publish(&fixture, &[NATION, NOTICE]).await;
    assert_eq!(recomputed(&fixture).await, 1);
    assert_eq!(recomputed(&fixture).await, 0, "and again nothing");
    let both = record(&fixture, &id).await;
    assert_eq!(short(&both), [("2027-01-04", true, false), ("2027-01-05", false, false)]);
    assert_eq!(both[0].superseded_by, both[1].number);
    assert!(both[1].calendar_version.contains("示例〔2026〕1号"), "{both:?}");
    looked(&fixture).await;
    fixture.at("2027-01-05T16:00:00Z");
    looked(&fixture).await;
    assert_eq!(
        of_act(&fixture).await,
        expected(&[
            (Watch::Escalated, ACT, "2027-01-04"),
            (Watch::Moved, ACT, "2027-01-05"),
            (Watch::Urged, ACT, "2027-01-05"),
            (Watch::Escalated, ACT, "2027-01-05"),
        ])
    );
    assert!(record(&fixture, &id).await[1].missed);
}

#[tokio::test]
async fn t04_what_was_fed_back_late_by_a_day_that_became_a_holiday_was_in_time() {
    let fixture = Fixture::new().await;
    fixture.at(FRIDAY);
    let id = fixture.ticket().await;
    let clear = verify(Finding::Clear);
    fixture.steps(&id, vec![assign(), contact(), clear, rectify()]).await;
    fixture.at(AFTER);
    fixture.steps(&id, vec![feed_back()]).await;
    assert_eq!(short(&record(&fixture, &id).await), [("2027-01-04", true, true)]);
    publish(&fixture, &[NATION, NOTICE]).await;
    assert_eq!(recomputed(&fixture).await, 1);
    let both = record(&fixture, &id).await;
    assert_eq!(short(&both), [("2027-01-04", true, false), ("2027-01-05", false, false)]);
    assert_eq!(both[1].ended_at.as_ref().unwrap().seconds, 1_799_110_800);
    fixture.at("2027-02-05T16:00:00Z");
    looked(&fixture).await;
    assert_eq!(of_act(&fixture).await, expected(&[(Watch::Moved, ACT, "2027-01-05")]));
}

#[tokio::test]
async fn t04_a_computation_that_dies_goes_on_and_a_day_that_stays_is_told_once() {
    let fixture = Fixture::new().await;
    // Five working days from here end on the last day of the year, whatever is announced for 2027.
    fixture.at("2026-12-24T01:00:00Z");
    let stays = fixture.ticket().await;
    fixture.at("2026-12-30T17:00:00Z");
    looked(&fixture).await;
    let urged = of_act(&fixture).await;
    assert_eq!(urged, expected(&[(Watch::Urged, ACT, "2026-12-31")]));
    publish(&fixture, &[NATION, NOTICE]).await;
    let known = fixture.ticketing.reference.now();
    let calendar = known.calendar().unwrap();
    let tickets = BTreeSet::from([stays.parse().unwrap()]);
    assert_eq!(by(&fixture.ticketing, &tickets, calendar).await.unwrap(), 1);
    // The answer to the commit was lost, or it died right after.
    assert_eq!(by(&fixture.ticketing, &tickets, calendar).await.unwrap(), 0);
    assert_eq!(recomputed(&fixture).await, 0);
    looked(&fixture).await;
    assert_eq!(of_act(&fixture).await, urged, "the day is the same: nobody is urged again");
    let both = record(&fixture, &stays).await;
    assert_eq!(short(&both), [("2026-12-31", true, false), ("2026-12-31", false, false)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn t04_an_officers_step_and_the_computation_do_not_undo_each_other() {
    let fixture = Fixture::new().await;
    fixture.at(FRIDAY);
    let mut tickets = Vec::new();
    for _ in 0..10 {
        tickets.push(fixture.ticket().await);
    }
    publish(&fixture, &[NATION, NOTICE]).await;
    let steps = async {
        for id in &tickets {
            fixture.step(id, assign()).await.unwrap();
        }
    };
    let (changed, ()) = tokio::join!(recomputed(&fixture), steps);
    assert_eq!(changed, 10);
    for id in &tickets {
        let both = record(&fixture, id).await;
        assert_eq!(short(&both), [("2027-01-04", true, false), ("2027-01-05", false, false)]);
    }
    fixture.at("2026-12-25T16:00:00Z");
    looked(&fixture).await;
    let told = told(&fixture).await;
    let started =
        told.iter().filter(|(kind, act, _)| *kind == Watch::Escalated && act == "start_handling");
    assert_eq!(started.count(), 0, "all were assigned in time");
}

#[tokio::test]
async fn t04_it_goes_through_once_for_each_calendar_and_once_more_for_stragglers() {
    let fixture = Fixture::new().await;
    fixture.at(FRIDAY);
    let mut passes = Passes::default();
    let mut go = async |fixture: &Fixture| {
        round(&fixture.ticketing, Uuid::from_u128(1), &mut passes).await.unwrap()
    };
    assert_eq!(go(&fixture).await, 0);
    let old = fixture.ticketing.reference.now();
    publish(&fixture, &[NATION, NOTICE]).await;
    assert_eq!(go(&fixture).await, 0);
    // Written by somebody who still had the old calendar.
    let act_id = fixture.ticketing.shell.clock.new_id();
    let rating = fixture.rating(act_id, proto::r#type::v1::Level::Dissatisfied);
    let (profile, calendar) = (old.policy("changji-2020@3").unwrap(), old.calendar().unwrap());
    let new = crate::convert::ticket::NewTicket {
        opening: domain::ticket::Opening::Rating { real_name: true },
        act_id,
        said: rating,
        matter: None,
        place: None,
        upper_number: None,
        received_at: fixture.ticketing.shell.clock.now(),
        relapse_of: None,
    };
    let clock = &fixture.ticketing.shell.clock;
    let (rows, _) = crate::convert::ticket::open(clock, profile, calendar, new).unwrap();
    let txn = fixture.ticketing.store.begin().await.unwrap();
    store::ticket::insert_tickets(&txn, vec![rows]).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(go(&fixture).await, 0, "it has gone through");
    fixture.at("2026-12-25T01:01:00Z");
    assert_eq!(go(&fixture).await, 1);
    fixture.at("2026-12-25T01:03:00Z");
    assert_eq!(go(&fixture).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn t04_it_computes_on_its_own_until_the_process_stops() {
    let fixture = Fixture::new().await;
    fixture.at(FRIDAY);
    let id = fixture.ticket().await;
    let running = tokio::spawn(run(fixture.ticketing.clone()));
    publish(&fixture, &[NATION, NOTICE]).await;
    wait::until("it is computed", async || record(&fixture, &id).await.len() == 2).await;
    fixture.ticketing.shell.stop.stop();
    wait::within("it ends", wait::PATIENCE, running).await.unwrap();
}
