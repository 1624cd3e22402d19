use platform::testing::{AGENCY, REGION, wait};
use proto::ticketing::v1::{ListNoticesRequest, Notice};

use super::*;
use crate::rpc::{
    notice::list_notices,
    testing::{Fixture, authority, handler},
};

async fn send(fixture: &Fixture, at: &str) {
    fixture.at(at);
    let holder = fixture.ticketing.shell.clock.new_id();
    round(&fixture.ticketing, holder, &mut None).await.unwrap();
    let now = fixture.ticketing.shell.clock.now();
    hold(&fixture.ticketing.store, JOB, holder, now, SignedDuration::ZERO).await.unwrap();
}

async fn digests(fixture: &Fixture) -> Vec<Notice> {
    let request = ListNoticesRequest::default();
    list_notices::run(&fixture.ticketing, handler(AGENCY), request).await.unwrap().notices
}

#[tokio::test]
async fn t09_a_digest_a_working_day_names_the_most_delayed_first() {
    let fixture = Fixture::new().await;
    fixture.at("2026-03-03T01:00:00Z");
    let second = fixture.ticket().await;
    fixture.at("2026-03-02T01:00:00Z");
    let first = fixture.ticket().await;
    // Half past eight in the morning of the third; what is due on the ninth is not due yet.
    send(&fixture, "2026-03-03T00:29:59Z").await;
    assert_eq!(digests(&fixture).await, []);
    send(&fixture, "2026-03-03T00:30:00Z").await;
    send(&fixture, "2026-03-03T01:30:00Z").await;
    let digests = digests(&fixture).await;
    let [digest] = digests.as_slice() else { panic!("one a day: {digests:?}") };
    assert_eq!((digest.kind(), digest.overdue, digest.due_today), (NoticeKind::Digest, 2, 2));
    let order: Vec<_> =
        digest.entries.iter().map(|e| (e.ticket_id.as_str(), e.due_on.as_str())).collect();
    let (first, second) = ((first.as_str(), "2026-03-02"), (second.as_str(), "2026-03-03"));
    assert_eq!(order, [first, first, second, second]);
    let request = ListNoticesRequest::default();
    let of_region = list_notices::run(&fixture.ticketing, authority(REGION), request);
    let of_region = of_region.await.unwrap().notices;
    assert_eq!(of_region.len(), 1);
    assert_eq!(of_region[0].entries, digest.entries, "the Authority has one of its own");
}

#[tokio::test]
async fn t09_on_a_day_off_there_is_none() {
    let fixture = Fixture::new().await;
    fixture.ticket().await;
    // Saturday and Sunday, then Monday; the clock goes back once more.
    for (at, so_far) in [
        ("2026-03-07T01:00:00Z", 0),
        ("2026-03-08T01:00:00Z", 0),
        ("2026-03-09T01:00:00Z", 1),
        ("2026-03-08T02:00:00Z", 1),
        ("2026-03-09T02:00:00Z", 1),
        ("2026-03-10T01:00:00Z", 2),
    ] {
        send(&fixture, at).await;
        assert_eq!(digests(&fixture).await.len(), so_far, "{at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t09_two_replicas_at_the_same_time_send_one_digest() {
    let fixture = Fixture::new().await;
    fixture.ticket().await;
    fixture.at("2026-03-03T01:00:00Z");
    let known = fixture.ticketing.reference.now();
    let (calendar, now) = (known.calendar().unwrap(), fixture.ticketing.shell.clock.now());
    // As if there were no lease.
    let one = async |ticketing: Ticketing| {
        let notices = gather(&ticketing, calendar, domain::deadline::day_of(now), now);
        let today = domain::deadline::day_of(now);
        let rows = notices.await.unwrap().rows(NoticeKind::Digest, Some(today), now);
        loop {
            let txn = ticketing.store.begin().await.unwrap();
            match store::notice::insert(&txn, rows.clone()).await {
                Ok(()) => break txn.commit().await.unwrap(),
                // Another one has the number: count again.
                Err(error) if platform::status::is_row_refused(&error) => {}
                Err(error) => panic!("{error}"),
            }
        }
    };
    tokio::join!(one(fixture.ticketing.clone()), one(fixture.ticketing.clone()));
    assert_eq!(digests(&fixture).await.len(), 1);
}

#[tokio::test]
async fn t09_old_notices_are_forgotten_and_numbers_go_on() {
    let fixture = Fixture::new().await;
    fixture.ticket().await;
    send(&fixture, "2026-03-03T01:00:00Z").await;
    send(&fixture, "2026-03-04T01:00:00Z").await;
    send(&fixture, "2026-06-02T01:00:00Z").await;
    let numbers: Vec<u64> = digests(&fixture).await.iter().map(|notice| notice.number).collect();
    assert_eq!(numbers, [5, 3], "that of 3 March is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn t09_digests_are_sent_on_their_own_until_the_process_stops() {
    let fixture = Fixture::new().await;
    fixture.ticket().await;
    fixture.at("2026-03-03T01:00:00Z");
    let running = tokio::spawn(run(fixture.ticketing.clone()));
    wait::until("it is sent", async || !digests(&fixture).await.is_empty()).await;
    fixture.ticketing.shell.stop.stop();
    wait::within("it ends", wait::PATIENCE, running).await.unwrap();
}
