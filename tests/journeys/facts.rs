//! Facts from producer to consumer while things go wrong in between.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use e2e::{
    citizens::{Citizens, rating},
    deployment::Deployment,
    redis_server::RedisServer,
    until,
};
use pingyi::roles::Role;
use platform::{bus::Bus, clock::Clock, keys::Keys, testing::TestPlace};
use proto::{
    fact::v1::{RatingSubmitted, fact::Body},
    r#type::v1::Level,
};
use publication::verify;
use sea_orm::ConnectionTrait as _;

/// How many ratings are given.
const RATINGS: usize = 2_000;
/// How many callers rate at the same time.
const CALLERS: usize = 16;

/// Every negative rating has exactly one ticket, of which intake knows, and publication has the
/// ratings intake has.
pub(crate) async fn check(deployment: &Deployment, acknowledged: &[String]) {
    let ids = "SELECT id FROM rating ORDER BY id";
    let kept = deployment.column(Role::Intake, ids).await;
    assert!(acknowledged.iter().all(|id| kept.binary_search(id).is_ok()), "one was lost");
    until("publication has every rating", async || {
        deployment.column(Role::Publication, ids).await == kept
    })
    .await;
    let negative = "SELECT id FROM rating WHERE level >= 4 ORDER BY id";
    let negative = deployment.column(Role::Intake, negative).await;
    let ticketed = "SELECT rating_id FROM ticket_rating ORDER BY rating_id";
    until("ticketing has every negative rating", async || {
        deployment.column(Role::Ticketing, ticketed).await == negative
    })
    .await;
    let tickets = "SELECT count(*) FROM ticket";
    let tickets = deployment.column(Role::Ticketing, tickets).await;
    assert_eq!(tickets, [negative.len().to_string()], "one act each, so one ticket each");
    let ids = "SELECT id FROM ticket ORDER BY id";
    let opened = deployment.column(Role::Ticketing, ids).await;
    let became = "SELECT ticket_id FROM outcome ORDER BY ticket_id";
    until("intake knows what became of every negative rating", async || {
        deployment.column(Role::Intake, became).await == opened
    })
    .await;
    assert_eq!(counted(deployment).await, kept.len());
    for consumer in [Role::Intake, Role::Ticketing, Role::Publication] {
        let parked = deployment.column(consumer, "SELECT count(*) FROM fact_parked").await;
        assert_eq!(parked, ["0"]);
    }
}

/// How many ratings of the region are counted.
async fn counted(deployment: &Deployment) -> usize {
    let counts = verify::counted(deployment.store(Role::Publication).read()).await.unwrap();
    let rated = counts.iter().filter(|(of, _)| (of.dimension, of.measure) == (1, 1));
    usize::try_from(rated.map(|(_, n)| n).sum::<i64>()).unwrap()
}

/// Rates `RATINGS` times from several callers; `at` is told of each acknowledgement's number.
async fn rate_all(citizens: &Citizens, acknowledged: &Arc<AtomicUsize>) -> Vec<String> {
    let mut invitations = Vec::new();
    for chunk in (0..RATINGS).collect::<Vec<_>>().chunks(CALLERS) {
        let calls: Vec<_> = chunk
            .iter()
            .map(|_| {
                let citizens = citizens.clone();
                tokio::spawn(async move { citizens.invitation().await })
            })
            .collect();
        for call in calls {
            invitations.push(call.await.unwrap());
        }
    }
    let invitations = Arc::new(invitations);
    let next = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (citizens, invitations) = (citizens.clone(), Arc::clone(&invitations));
            let (next, acknowledged) = (Arc::clone(&next), Arc::clone(acknowledged));
            tokio::spawn(async move {
                let mut ids = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    let Some(token) = invitations.get(n) else {
                        return ids;
                    };
                    let level = Level::try_from(i32::try_from(n % 5).unwrap() + 1).unwrap();
                    ids.push(citizens.rate_until_acknowledged(rating(token, level)).await);
                    acknowledged.fetch_add(1, Ordering::SeqCst);
                }
            })
        })
        .collect();
    let mut ids = Vec::new();
    for caller in callers {
        ids.extend(caller.await.unwrap());
    }
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_two_thousand_ratings_survive_flushall_and_a_redis_restart() {
    let mut redis = RedisServer::start().await;
    let deployment = Deployment::apart(&redis.url()).await;
    let citizens = Citizens::of(&deployment).await;
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let rating = {
        let (citizens, acknowledged) = (citizens.clone(), Arc::clone(&acknowledged));
        tokio::spawn(async move { rate_all(&citizens, &acknowledged).await })
    };
    let reached = async |n| {
        until("so many are acknowledged", async || acknowledged.load(Ordering::SeqCst) >= n).await;
    };
    reached(500).await;
    // Facts of intake that the relay has announced so far, and those there are.
    let announced = async || match redis.command("XLEN facts:intake").await {
        Ok(redis::Value::Int(length)) => length,
        other => panic!("{other:?}"),
    };
    assert!(announced().await > 0, "the relay delivered some");
    redis.command("FLUSHALL").await.unwrap();
    let at_flush = acknowledged.load(Ordering::SeqCst);
    assert!(at_flush < RATINGS, "and not all");
    reached(1_000).await;
    let repaired =
        |consumer: Role| deployment.follow(consumer, Role::Intake).repaired.load(Ordering::Relaxed);
    let before = [Role::Ticketing, Role::Publication].map(repaired);
    redis.kill();
    reached(1_200).await;
    let at_restart = acknowledged.load(Ordering::SeqCst);
    redis.restart().await;
    assert!((500..=1_500).contains(&at_flush), "flushed at {at_flush}");
    assert!((1_200..=1_500).contains(&at_restart), "restarted at {at_restart}");
    let ids = rating.await.unwrap();
    assert_eq!(ids.len(), RATINGS);
    check(&deployment, &ids).await;
    for (consumer, before) in [Role::Ticketing, Role::Publication].into_iter().zip(before) {
        let applied = deployment.follow(consumer, Role::Intake).applied.load(Ordering::Relaxed);
        let repaired = repaired(consumer);
        assert!(repaired > before, "{consumer}: {before} before, {repaired} after");
        assert!(repaired < applied, "{consumer}: {repaired} of {applied}");
    }
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_of_every_service_apply_each_fact_once() {
    let redis = RedisServer::start().await;
    let bus = |keys: &Keys| Bus::redis(&redis.url(), keys).unwrap();
    let place = TestPlace::new().await;
    if !matches!(place.location, platform::database::Location::Postgres(_)) {
        // Two processes on one SQLite file is no deployment: the embedded store has one process.
        return;
    }
    let all = Role::ALL.to_vec();
    let deployment = Deployment::of(place, vec![all.clone(), all], &bus, Clock::System).await;
    let citizens = Citizens::of(&deployment).await;
    let mut ids = Vec::new();
    for n in 0..50 {
        let level = if n % 2 == 0 { Level::VeryDissatisfied } else { Level::Satisfied };
        let token = citizens.invitation().await;
        ids.push(citizens.rate_until_acknowledged(rating(&token, level)).await);
    }
    check(&deployment, &ids).await;
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_that_cannot_be_applied_is_set_aside_and_what_follows_goes_on() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let store = deployment.store(Role::Intake);
    let txn = store.begin().await.unwrap();
    let poison = Body::RatingSubmitted(RatingSubmitted::default());
    platform::facts::commit(txn, &Clock::System, vec![poison]).await.unwrap();
    let token = citizens.invitation().await;
    let id = citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await;
    let ids = "SELECT id FROM rating";
    until("publication goes on", async || {
        deployment.column(Role::Publication, ids).await == [id.clone()]
    })
    .await;
    let ticketed = "SELECT rating_id FROM ticket_rating";
    until("ticketing goes on", async || {
        deployment.column(Role::Ticketing, ticketed).await == [id.clone()]
    })
    .await;
    for consumer in [Role::Ticketing, Role::Publication] {
        let reasons = deployment.column(consumer, "SELECT reason FROM fact_parked").await;
        assert!(reasons.len() == 1 && !reasons[0].is_empty(), "{consumer}: {reasons:?}");
        let count = deployment.follow(consumer, Role::Intake);
        assert_eq!(count.parked.load(Ordering::Relaxed), 1);
    }
    deployment.end().await;
}

/// What the health service of a process says of something.
async fn serves(deployment: &Deployment, role: Role, of: &str) -> bool {
    use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
    let asked = HealthCheckRequest { service: of.to_owned() };
    let answer = HealthClient::new(deployment.channel(role)).check(asked).await.unwrap();
    answer.into_inner().status() == tonic_health::pb::health_check_response::ServingStatus::Serving
}

#[tokio::test(flavor = "multi_thread")]
async fn another_history_stops_who_applied_it_until_it_is_reconciled_and_readiness_shows_it() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let rate = async |level| {
        let token = citizens.invitation().await;
        citizens.rate_until_acknowledged(rating(&token, level)).await
    };
    let mut kept = vec![rate(Level::Dissatisfied).await, rate(Level::Satisfied).await];
    check(&deployment, &kept).await;
    let intake = deployment.store(Role::Intake);
    let common = platform::facts::last(intake).await.unwrap();
    let lost = [rate(Level::VeryDissatisfied).await, rate(Level::VerySatisfied).await];
    check(&deployment, &[kept.clone(), lost.to_vec()].concat()).await;
    // As a failover to a standby that lagged: what came last never was, and others came instead.
    let id = |id: &String| match intake.backend() {
        sea_orm::DbBackend::Sqlite => format!("x'{}'", id.replace('-', "")),
        _ => format!("'{id}'"),
    };
    let lost_ids = lost.iter().map(id).collect::<Vec<_>>().join(", ");
    for sql in [
        format!("DELETE FROM fact WHERE position > {}", common.position),
        format!("UPDATE fact_counter SET position = {}", common.position),
        format!("DELETE FROM rating WHERE id IN ({lost_ids})"),
    ] {
        intake.write().execute_unprepared(&sql).await.unwrap();
    }
    kept.push(rate(Level::Dissatisfied).await);
    kept.push(rate(Level::Dissatisfied).await);
    for consumer in [Role::Ticketing, Role::Publication] {
        until("another history is noticed", async || {
            !serves(&deployment, consumer, consumer.services()[0]).await
        })
        .await;
        let halted = "SELECT halted FROM fact_cursor WHERE producer = 'intake'";
        let why = deployment.column(consumer, halted).await;
        assert!(
            why[0].contains("applied up to") && why[0].matches("fact ").count() == 2,
            "{why:?}"
        );
        assert!(!serves(&deployment, consumer, &format!("{consumer}/history")).await);
        assert!(serves(&deployment, consumer, &format!("{consumer}/store")).await);
    }
    assert!(!serves(&deployment, Role::Intake, "").await, "the process as a whole");
    let rates = Role::Intake.services()[1];
    assert!(serves(&deployment, Role::Intake, rates).await, "but who takes ratings takes them");
    let told = deployment.reconcile(Role::Ticketing, false).await;
    // The ticket, and the counts of whom it was about.
    assert_eq!(told[0].undone.len(), 2, "{:?}", told[0].undone);
    let both = told[0].common.position;
    assert!(
        both > 0 && both <= common.position,
        "the last that left a trace and both have: {both}"
    );
    assert!(!serves(&deployment, Role::Ticketing, Role::Ticketing.services()[0]).await);
    for consumer in [Role::Ticketing, Role::Publication] {
        deployment.reconcile(consumer, true).await;
        assert!(deployment.reconcile(consumer, true).await.is_empty(), "once is enough");
    }
    until("everything is well again", async || serves(&deployment, Role::Intake, "").await).await;
    let ids = "SELECT id FROM rating ORDER BY id";
    kept.sort();
    until("publication has what intake has", async || {
        deployment.column(Role::Publication, ids).await == kept
    })
    .await;
    assert_eq!(deployment.column(Role::Intake, ids).await, kept);
    let ticketed = "SELECT rating_id FROM ticket_rating ORDER BY rating_id";
    let negative = "SELECT id FROM rating WHERE level >= 4 ORDER BY id";
    let negative = deployment.column(Role::Intake, negative).await;
    until("each negative rating has its ticket", async || {
        deployment.column(Role::Ticketing, ticketed).await == negative
    })
    .await;
    assert_eq!(counted(&deployment).await, kept.len());
    // On record: a fact of its own says so, and one annuls the ticket of what never was.
    for (consumer, what) in [(Role::Ticketing, "TicketAnnulled"), (Role::Publication, "none")] {
        let told = platform::facts::list(deployment.store(consumer), 0, 1_000).await.unwrap();
        let has = |name: &str| {
            told.iter().any(|fact| match &fact.body {
                Some(Body::HistoryReconciled(_)) => name == "HistoryReconciled",
                Some(Body::TicketAnnulled(_)) => name == "TicketAnnulled",
                _ => false,
            })
        };
        assert!(has("HistoryReconciled"), "{consumer}");
        assert!(what == "none" || has(what), "{consumer}");
    }
    let annulled = "SELECT count(*) FROM ticket WHERE state = 10";
    until("publication counts the annulled ticket nowhere", async || {
        deployment.column(Role::Publication, annulled).await == ["1"]
    })
    .await;
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_an_older_version_goes_on_and_learns_its_history() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let rate = async || {
        let token = citizens.invitation().await;
        citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await
    };
    let first = rate().await;
    check(&deployment, std::slice::from_ref(&first)).await;
    // As that version left it: no ids, and none for where it moved it since.
    for (consumer, older) in [
        (Role::Ticketing, "UPDATE fact_cursor SET fact_id = NULL, fact_position = NULL"),
        (Role::Publication, "UPDATE fact_cursor SET fact_position = fact_position - 1"),
    ] {
        deployment.store(consumer).write().execute_unprepared(older).await.unwrap();
    }
    check(&deployment, &[first, rate().await]).await;
    let named = "SELECT count(*) FROM fact_cursor WHERE fact_position = position AND position > 0";
    for (consumer, followed) in [(Role::Ticketing, "2"), (Role::Publication, "3")] {
        until("it knows its history", async || {
            deployment.column(consumer, named).await == [followed]
        })
        .await;
    }
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_tells_another_history_or_a_forged_fact_is_not_believed() {
    let redis = RedisServer::start().await;
    // Someone with access to Redis announces facts before the first one is: the next positions.
    for position in 1..=3 {
        let forged = format!("XADD facts:intake {position}-0 fact x seal 0123456789abcdef");
        redis.command(&forged).await.unwrap();
    }
    let deployment = Deployment::apart(&redis.url()).await;
    let citizens = Citizens::of(&deployment).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        let token = citizens.invitation().await;
        ids.push(citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await);
    }
    // And again while the relay is at work: a position that is still to come.
    redis.command("XADD facts:intake 1000000-0 fact x seal 0123456789abcdef").await.unwrap();
    for _ in 0..20 {
        let token = citizens.invitation().await;
        ids.push(citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await);
    }
    check(&deployment, &ids).await;
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_delays_facts_and_keeps_no_process_from_ending() {
    let redis = RedisServer::start().await;
    let deployment = Deployment::apart(&redis.url()).await;
    let citizens = Citizens::of(&deployment).await;
    redis.hang();
    let token = citizens.invitation().await;
    let id = citizens.rate_until_acknowledged(rating(&token, Level::VeryDissatisfied)).await;
    check(&deployment, &[id]).await;
    deployment.end().await;
}
