use std::collections::BTreeSet;

use platform::{
    facts,
    testing::{AGENCY, REGION, wait},
};
use proto::{
    fact::v1::deadline_watched::Kind as Watch,
    ticketing::v1::{ListNoticesRequest, Notice},
};

use super::*;
use crate::{
    jobs::testing::{expected, ticket_under, told, watched},
    rpc::{
        notice::list_notices,
        testing::{Fixture, assign, authority, contact, feed_back, handler, rectify, verify},
    },
};

async fn looked(fixture: &Fixture) -> WatchCount {
    let holder = fixture.ticketing.shell.clock.new_id();
    let count = round(&fixture.ticketing, holder).await.unwrap();
    // So that the next one need not wait for this one's lease.
    let now = fixture.ticketing.shell.clock.now();
    hold(&fixture.ticketing.store, JOB, holder, now, jiff::SignedDuration::ZERO).await.unwrap();
    count
}

fn count(urged: usize, escalated: usize, untaken: usize) -> WatchCount {
    WatchCount { urged, escalated, untaken, later: 0 }
}

async fn notices(fixture: &Fixture) -> Vec<Notice> {
    let request = ListNoticesRequest::default();
    list_notices::run(&fixture.ticketing, handler(AGENCY), request).await.unwrap().notices
}

const AT_ONCE: [&str; 2] = ["fix_clear", "start_handling"];
/// The end of the ticket's first day, and of its fifth working day.
const FIRST: &str = "2026-03-02T16:00:00Z";
const FIFTH: &str = "2026-03-09T16:00:00Z";

#[tokio::test]
async fn t09_what_is_due_today_is_urged_and_what_is_overdue_is_escalated_each_once() {
    let fixture = Fixture::new().await;
    assert_eq!(looked(&fixture).await, count(0, 0, 0));
    fixture.ticket().await;
    assert_eq!(looked(&fixture).await, count(2, 0, 0));
    assert_eq!(looked(&fixture).await, count(0, 0, 0), "once");
    fixture.at("2026-03-02T15:59:59.999999Z");
    assert_eq!(looked(&fixture).await, count(0, 0, 0), "the day is not over");
    fixture.at(FIRST);
    assert_eq!(looked(&fixture).await, count(0, 2, 0));
    fixture.at("2026-03-08T15:59:59.999999Z");
    assert_eq!(looked(&fixture).await, count(0, 0, 0), "once, however long it lasts");
    fixture.at("2026-03-08T16:00:00Z");
    assert_eq!(looked(&fixture).await, count(1, 0, 0), "its last day has begun");
    fixture.at(FIFTH);
    assert_eq!(looked(&fixture).await, count(0, 1, 0));
    let mut told = told(&fixture).await;
    told.sort();
    let day = "2026-03-02";
    let mut all = vec![
        (Watch::Urged, "feed_back_clear", "2026-03-09"),
        (Watch::Escalated, "feed_back_clear", "2026-03-09"),
    ];
    all.extend(AT_ONCE.map(|act| (Watch::Urged, act, day)));
    all.extend(AT_ONCE.map(|act| (Watch::Escalated, act, day)));
    all.sort();
    assert_eq!(told, expected(&all));
    let counts: Vec<_> = notices(&fixture).await.iter().map(|n| (n.due_today, n.overdue)).collect();
    assert_eq!(counts, [(0, 1), (1, 0), (0, 2), (2, 0)], "and each is told once");
}

#[tokio::test]
async fn t04_neither_a_step_nor_a_comment_starts_a_clock_again() {
    let fixture = Fixture::new().await;
    let id = fixture.ticket().await;
    fixture.at("2026-03-02T15:00:00Z");
    fixture.steps(&id, vec![assign(), contact(), contact()]).await;
    fixture.at(FIRST);
    assert_eq!(looked(&fixture).await, count(0, 1, 0));
    let told = told(&fixture).await;
    assert_eq!(told, expected(&[(Watch::Escalated, "fix_clear", "2026-03-02")]));
    // What is done late stays escalated; what is done is not looked at any more.
    let clear = verify(proto::r#type::v1::Finding::Clear);
    let ticket = fixture.steps(&id, vec![clear, rectify(), feed_back()]).await;
    let missed: Vec<&str> =
        ticket.deadlines.iter().filter(|due| due.missed).map(|due| due.act.as_str()).collect();
    assert_eq!(missed, ["fix_clear"]);
    fixture.at("2026-04-02T16:00:00Z");
    assert_eq!(looked(&fixture).await, count(0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn t09_two_replicas_at_the_same_time_escalate_each_deadline_once() {
    let fixture = Fixture::new().await;
    let mut tickets = BTreeSet::new();
    for _ in 0..20 {
        tickets.insert(fixture.ticket().await.parse().unwrap());
    }
    fixture.at(FIRST);
    let now = fixture.ticketing.shell.clock.now();
    let none = BTreeSet::new();
    // As if there were no lease.
    let one = async |ticketing: Ticketing| look(&ticketing, &tickets, &none, now).await.unwrap();
    let (first, second) =
        tokio::join!(one(fixture.ticketing.clone()), one(fixture.ticketing.clone()));
    assert_eq!(first.escalated + second.escalated, 40);
    let mut told = watched(&fixture).await;
    told.sort_by(|one, other| (&one.ticket_id, &one.act).cmp(&(&other.ticket_id, &other.act)));
    assert_eq!(told.len(), 40);
    told.dedup_by(|one, other| (&one.ticket_id, &one.act) == (&other.ticket_id, &other.act));
    assert_eq!(told.len(), 40, "each once");
    let notices = notices(&fixture).await;
    assert_eq!(notices.iter().map(|notice| notice.overdue).sum::<u32>(), 40);
}

#[tokio::test]
async fn t09_while_one_replica_looks_another_waits_for_its_lease_to_end() {
    let fixture = Fixture::new().await;
    fixture.ticket().await;
    let now = fixture.ticketing.shell.clock.now();
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert!(hold(&fixture.ticketing.store, JOB, one, now, LEASE).await.unwrap());
    assert_eq!(round(&fixture.ticketing, other).await.unwrap(), count(0, 0, 0));
    fixture.ticketing.shell.clock.set(now + LEASE);
    assert_eq!(round(&fixture.ticketing, other).await.unwrap(), count(2, 0, 0));
}

#[tokio::test]
async fn t09_a_look_that_dies_in_the_middle_has_done_nothing_and_the_next_does_it_all() {
    let fixture = Fixture::new().await;
    let tickets = BTreeSet::from([fixture.ticket().await.parse().unwrap()]);
    fixture.at(FIRST);
    let now = fixture.ticketing.shell.clock.now().as_microsecond();
    let txn = fixture.ticketing.store.begin().await.unwrap();
    assert_eq!(store::ticket::escalate(&txn, &tickets, now).await.unwrap().len(), 2);
    txn.rollback().await.unwrap();
    assert_eq!(told(&fixture).await, []);
    assert_eq!(looked(&fixture).await, count(0, 2, 0));
    // The answer to its commit was lost: it looks again.
    let now = fixture.ticketing.shell.clock.now();
    let again = look(&fixture.ticketing, &tickets, &BTreeSet::new(), now).await.unwrap();
    assert_eq!(again, count(0, 0, 0));
}

#[tokio::test]
async fn t09_a_clock_that_jumps_escalates_nothing_twice_and_leaves_nothing_out() {
    let fixture = Fixture::new().await;
    fixture.ticket().await;
    fixture.at("2026-05-01T00:00:00Z");
    assert_eq!(looked(&fixture).await, count(0, 3, 0), "all at once, and nobody is urged too late");
    for at in ["2026-03-02T02:00:00Z", FIRST, FIFTH, "2026-05-02T00:00:00Z"] {
        fixture.at(at);
        assert_eq!(looked(&fixture).await, count(0, 0, 0), "{at}");
    }
}

#[tokio::test]
async fn t09_a_ticket_that_nobody_took_is_escalated_where_no_deadline_says_so() {
    let fixture = Fixture::new().await;
    // Friday, in Guangxi, whose document gives the beginning no limit.
    fixture.at("2026-03-06T01:00:00Z");
    let left = ticket_under(&fixture, "guangxi-2019").await;
    let taken = ticket_under(&fixture, "guangxi-2019").await;
    for not_yet in ["2026-03-06T16:00:00Z", "2026-03-08T16:00:00Z", "2026-03-09T15:59:59Z"] {
        fixture.at(not_yet);
        looked(&fixture).await;
        assert_eq!(told(&fixture).await, [], "{not_yet}");
    }
    fixture.steps(&taken, vec![assign()]).await;
    fixture.at("2026-03-09T16:00:00Z");
    assert_eq!(looked(&fixture).await, count(0, 0, 1));
    assert_eq!(looked(&fixture).await, count(0, 0, 0), "once");
    let told = watched(&fixture).await;
    let [nobody] = told.as_slice() else { panic!("{told:?}") };
    let said = (nobody.ticket_id.as_str(), nobody.act.as_str(), nobody.due_on.as_str());
    assert_eq!(said, (left.as_str(), "nobody_took_it", "2026-03-09"));
    assert_eq!(nobody.kind(), Watch::Escalated);
    let request = ListNoticesRequest::default();
    let region = list_notices::run(&fixture.ticketing, authority(REGION), request).await.unwrap();
    assert_eq!(region.notices[0].entries[0].act, "nobody_took_it");
    // A step by somebody else does not begin it again.
    fixture.steps(&left, vec![assign()]).await;
    fixture.at("2026-03-11T16:00:00Z");
    assert_eq!(looked(&fixture).await, count(0, 0, 0));
}

#[tokio::test]
async fn s01_neither_a_notice_nor_a_fact_of_a_deadline_says_who() {
    let fixture = Fixture::new().await;
    let mut rating = fixture
        .rating(fixture.ticketing.shell.clock.new_id(), proto::r#type::v1::Level::Dissatisfied);
    rating.act.as_mut().unwrap().staff_id = "652301-s77".to_owned();
    let told = fixture.apply(&rating).await;
    let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
    fixture.steps(&opened.ticket_id, vec![assign(), contact()]).await;
    fixture.at(FIRST);
    assert_eq!(looked(&fixture).await.escalated, 1);
    let facts = facts::list(&fixture.ticketing.store, 0, 100).await.unwrap();
    let facts = facts.iter().filter(|f| matches!(f.body, Some(Body::DeadlineWatched(_))));
    let facts: Vec<_> = facts.collect();
    let said = format!("{facts:?} {:?}", notices(&fixture).await);
    assert!(said.contains(&opened.ticket_id));
    for who in ["652301-s77", "652301-s01", "handler", "示例回访记录"] {
        assert!(!said.contains(who), "{who}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t09_it_looks_on_its_own_until_the_process_stops() {
    let fixture = Fixture::new().await;
    fixture.ticket().await;
    let running = tokio::spawn(run(fixture.ticketing.clone()));
    wait::until("it is urged", async || !notices(&fixture).await.is_empty()).await;
    fixture.ticketing.shell.stop.stop();
    wait::within("it ends", wait::PATIENCE, running).await.unwrap();
}
