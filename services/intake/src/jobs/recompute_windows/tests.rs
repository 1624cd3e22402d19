use platform::testing::wait;
use proto::{
    fact::v1::{CalendarPublished, RatingWindowMoved, fact::Body},
    intake::v1::{GetRatingRequest, ResolveInvitationResponse},
    r#type::v1::{Level, Origin},
};

use super::*;
use crate::{
    jobs::{
        sweep_defaults,
        testing::{COUNTY, at, in_force},
    },
    rpc::{
        rating::get_rating,
        testing::{Fixture, rater, refusal},
    },
    store::rating::defaults::due,
};

const NATION: &str = include_str!("../../../../domain/calendars/2026.toml");
/// Invented: 4 January 2027 is a day off, Saturday the ninth is a workday instead.
const LONGER: &str = r#"
year = 2027
notice = "示例通知"
document = "示例〔2026〕1号"

[[holiday]]
name = "元旦"
days = ["2027-01-01", "2027-01-02", "2027-01-03", "2027-01-04"]
workdays = ["2027-01-09"]
"#;
/// Invented: people work on Saturday the second.
const SHORTER: &str = r#"
year = 2027
notice = "示例通知"
document = "示例〔2026〕2号"

[[holiday]]
name = "元旦"
days = ["2027-01-01"]
workdays = ["2027-01-02"]
"#;
/// A Monday from which five working days end on 5 January, as far as is known without a notice.
const MONDAY: &str = "2026-12-28T01:00:00Z";
/// The first instant after that day.
const AFTER: &str = "2027-01-05T16:00:00Z";

/// Five working days to rate, then 基本满意.
async fn fixture() -> Fixture {
    let fixture = Fixture::new().await;
    fixture.tell(vec![in_force(COUNTY, "")]).await;
    at(&fixture, MONDAY);
    fixture
}

async fn publish(fixture: &Fixture, years: &[&str]) {
    let published = CalendarPublished {
        years: years.iter().map(|&text| text.to_owned()).collect(),
        statutory: include_str!("../../../../domain/calendars/statutory.toml").to_owned(),
        overlays: Vec::new(),
    };
    fixture.tell(vec![Body::CalendarPublished(published)]).await;
}

async fn computed(intake: &Intake) -> usize {
    round(intake, Uuid::from_u128(1), &mut Passes::default()).await.unwrap()
}

async fn swept(fixture: &Fixture) -> usize {
    sweep_defaults::sweep(&fixture.intake, Uuid::from_u128(2)).await.unwrap()
}

async fn moved(fixture: &Fixture) -> Vec<RatingWindowMoved> {
    let told = fixture.told().await.into_iter().filter_map(|body| match body {
        Body::RatingWindowMoved(moved) => Some(moved),
        _ => None,
    });
    told.collect()
}

/// When the default ratings told were given, in seconds.
async fn defaults(fixture: &Fixture) -> Vec<i64> {
    let told = fixture.told().await.into_iter().filter_map(|body| match body {
        Body::RatingSubmitted(rating) if rating.origin() == Origin::Default => rating.received_at,
        _ => None,
    });
    told.map(|at| at.seconds).collect()
}

/// The last day, and whether it may move.
fn short(resolved: &ResolveInvitationResponse) -> (String, bool) {
    let window = resolved.window.clone().unwrap();
    (window.due_on, window.provisional)
}

#[tokio::test]
async fn i06_a_window_that_closed_by_a_day_that_became_a_holiday_is_open_again() {
    let fixture = fixture().await;
    let token = fixture.invitation().await;
    let before = fixture.resolve(&token).await;
    assert_eq!(short(&before), ("2027-01-05".to_owned(), true));
    assert!(before.window_before.is_empty());
    at(&fixture, AFTER);
    let refused = fixture.rate(&token, Level::VeryDissatisfied).await.unwrap_err();
    assert_eq!(refusal(refused).1, "RATING_WINDOW_CLOSED");
    publish(&fixture, &[NATION]).await;
    assert_eq!(computed(&fixture.intake).await, 0, "the same calendar changes nothing");
    publish(&fixture, &[NATION, LONGER]).await;
    assert_eq!(computed(&fixture.intake).await, 1);
    assert_eq!(computed(&fixture.intake).await, 0, "and again nothing");
    // This replica still has the act as it showed it before.
    fixture.rate(&token, Level::VeryDissatisfied).await.unwrap();
    let now = fixture.resolve(&token).await;
    assert_eq!(short(&now), ("2027-01-06".to_owned(), false));
    assert!(now.window.unwrap().calendar_version.contains("示例〔2026〕1号"));
    assert_eq!(now.window_before, [before.window.unwrap()], "both derivations are on record");
    let told = moved(&fixture).await;
    assert_eq!(told.len(), 1, "{told:?}");
    let days = (told[0].closed_on.as_str(), told[0].closes_on.as_str());
    assert_eq!(days, ("2027-01-05", "2027-01-06"));
    let act_id = fixture.intake.shell.invitations.open(&token).unwrap();
    assert_eq!(told[0].act.as_ref().unwrap().act_id, act_id.to_string());
    at(&fixture, "2027-01-06T16:00:00Z");
    let refused = fixture.rate(&token, Level::Satisfied).await.unwrap_err();
    assert_eq!(refusal(refused).1, "RATING_WINDOW_CLOSED");
}

#[tokio::test]
async fn i06_a_window_never_becomes_shorter_than_the_rater_was_told() {
    let fixture = fixture().await;
    let token = fixture.invitation().await;
    let before = fixture.resolve(&token).await.window.unwrap();
    publish(&fixture, &[NATION, SHORTER]).await;
    assert_eq!(computed(&fixture.intake).await, 1);
    assert_eq!(computed(&fixture.intake).await, 0);
    let now = fixture.resolve(&token).await;
    assert_eq!(short(&now), ("2027-01-05".to_owned(), false));
    assert_eq!(now.window_before, [before]);
    let derivation = now.window.unwrap().derivation;
    let [.., fifth, last] = derivation.as_slice() else { panic!("{derivation:?}") };
    assert_eq!((fifth.date.as_str(), fifth.counted_as), ("2027-01-04", 5));
    assert_eq!((last.date.as_str(), last.counted_as), ("2027-01-05", 0));
    assert!(moved(&fixture).await.is_empty(), "its day is the same");
    at(&fixture, "2027-01-05T15:59:59Z");
    fixture.rate(&token, Level::Dissatisfied).await.unwrap();
}

#[tokio::test]
async fn i07_a_default_waits_for_the_longer_window_and_counts_on_its_last_day() {
    let fixture = fixture().await;
    let token = fixture.invitation().await;
    let before = fixture.resolve(&token).await.window.unwrap();
    publish(&fixture, &[NATION, LONGER]).await;
    assert_eq!(computed(&fixture.intake).await, 1);
    at(&fixture, AFTER);
    assert_eq!(swept(&fixture).await, 0, "its window is not over");
    at(&fixture, "2027-01-06T16:00:00Z");
    assert_eq!(swept(&fixture).await, 1);
    let closed_at = before.due_at.unwrap().seconds;
    assert_eq!(defaults(&fixture).await, [closed_at + 24 * 3_600 - 1]);
}

#[tokio::test]
async fn i07_a_sweep_that_read_an_act_before_its_window_moved_writes_no_default() {
    let fixture = fixture().await;
    fixture.invitation().await;
    at(&fixture, AFTER);
    let now = fixture.intake.shell.clock.now().as_microsecond();
    let read = due(&fixture.intake.store, now, None, BATCH).await.unwrap();
    assert_eq!(read.len(), 1);
    publish(&fixture, &[NATION, LONGER]).await;
    assert_eq!(computed(&fixture.intake).await, 1);
    let txn = fixture.intake.store.begin().await.unwrap();
    let (written, _) = sweep_defaults::write(&fixture.intake, &txn, read, now).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(written, 0);
    at(&fixture, "2027-01-06T16:00:00Z");
    assert_eq!(swept(&fixture).await, 1);
}

#[tokio::test]
async fn i07_a_default_that_is_written_stays_and_the_raters_own_rating_goes_before_it() {
    let fixture = fixture().await;
    let token = fixture.invitation().await;
    at(&fixture, AFTER);
    assert_eq!(swept(&fixture).await, 1);
    publish(&fixture, &[NATION, LONGER]).await;
    assert_eq!(computed(&fixture.intake).await, 1);
    fixture.rate(&token, Level::VeryDissatisfied).await.unwrap();
    let request = GetRatingRequest { token: token.clone(), ..GetRatingRequest::default() };
    let effective = get_rating::run(&fixture.intake, rater(), request).await.unwrap();
    assert_eq!(effective.rating.unwrap().level(), Level::VeryDissatisfied);
    at(&fixture, "2027-01-06T16:00:00Z");
    assert_eq!(swept(&fixture).await, 0, "there is no second default");
    assert_eq!(defaults(&fixture).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn i06_two_replicas_at_once_and_one_that_dies_move_each_window_once() {
    let fixture = fixture().await;
    let mut tokens = Vec::new();
    for _ in 0..10 {
        tokens.push(fixture.invitation().await);
    }
    publish(&fixture, &[NATION, LONGER]).await;
    let (other, _commits) = fixture.restarted().await;
    let read = fixture.intake.store.read();
    let acts = windows::provisional(read, Uuid::nil(), BATCH).await.unwrap();
    let known = fixture.intake.reference.now();
    let calendar = known.calendar().unwrap();
    // One that died before its commit has done nothing.
    let txn = fixture.intake.store.begin().await.unwrap();
    for act in windows::lock(&txn, acts.iter().map(|act| act.id).collect()).await.unwrap() {
        let Under::Anew(moved) = under(&act, calendar).unwrap() else { panic!("{act:?}") };
        let anew = moved.anew;
        windows::put(&txn, window_anew(act, &anew).unwrap()).await.unwrap();
    }
    txn.rollback().await.unwrap();
    // Both have read the same acts, as if there were no lease.
    let one = by(&fixture.intake, &acts, calendar);
    let (one, two) = tokio::join!(one, by(&other, &acts, calendar));
    assert_eq!(one.unwrap() + two.unwrap(), 10);
    assert_eq!(moved(&fixture).await.len(), 10);
    for token in &tokens {
        assert_eq!(fixture.resolve(token).await.window_before.len(), 1);
    }
}

#[tokio::test]
async fn i06_while_one_replica_is_at_it_another_waits_for_its_lease_to_end() {
    let fixture = fixture().await;
    fixture.invitation().await;
    publish(&fixture, &[NATION, LONGER]).await;
    let (now, mut passes) = (fixture.intake.shell.clock.now(), Passes::default());
    let (holder, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    assert!(hold(&fixture.intake.store, JOB, holder, now, LEASE).await.unwrap());
    assert_eq!(round(&fixture.intake, other, &mut passes).await.unwrap(), 0);
    fixture.intake.shell.clock.set(now + LEASE);
    assert_eq!(round(&fixture.intake, other, &mut passes).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn i06_it_computes_on_its_own_until_the_process_stops() {
    let fixture = fixture().await;
    let token = fixture.invitation().await;
    let running = tokio::spawn(run(fixture.intake.clone()));
    publish(&fixture, &[NATION, LONGER]).await;
    wait::until("it is computed", async || fixture.resolve(&token).await.window_before.len() == 1)
        .await;
    fixture.intake.shell.stop.stop();
    wait::within("it ends", wait::PATIENCE, running).await.unwrap();
}
