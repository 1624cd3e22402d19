//! Calls that share a transaction, and the result of each.

mod batches;
mod large_batches;

use std::time::{Duration, Instant};

use platform::{database::Txn, facts, testing::TestPlace};
use proto::{fact::v1::fact::Body, intake::v1 as wire, r#type::v1 as shared};
use sea_orm::{ConnectionTrait as _, DbBackend};
use tokio::sync::oneshot;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::*;
use crate::{
    Intake,
    rpc::{
        rating::submit_rating,
        testing::{Fixture, rater, rating_request},
    },
};

/// Blocks the store's commit from outside, on a connection of its own.
async fn hold(place: &TestPlace) -> Txn {
    let outside = Store::open::<crate::Migrator>(&place.location, NAME).await.unwrap();
    let txn = outside.begin().await.unwrap();
    let sql = "UPDATE fact_counter SET position = position WHERE id = 1";
    txn.execute_unprepared(sql).await.unwrap();
    txn
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    platform::testing::wait::within(what, platform::testing::wait::PATIENCE, wait).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_calls_behind_a_held_commit_share_three_transactions_at_most() {
    let fixture = Fixture::new().await;
    let mut requests = Vec::new();
    for _ in 0..64 {
        requests.push(rating_request(&fixture.invitation().await, shared::Level::Satisfied));
    }
    let held = hold(&fixture.place).await;
    let calls: Vec<_> = requests
        .iter()
        .map(|request| {
            let (intake, request) = (fixture.intake.clone(), request.clone());
            tokio::spawn(async move { submit_rating::run(&intake, rater(), None, request).await })
        })
        .collect();
    // All wait, except those in the batch being committed: none is answered.
    let count = fixture.intake.commit_count();
    until("64 ratings are taken into the queue", || count.accepted() == 64).await;
    assert!(calls.iter().all(|call| !call.is_finished()));
    assert_eq!(count.transactions(), 0);
    held.commit().await.unwrap();
    let mut ids = Vec::new();
    for (call, request) in calls.into_iter().zip(&requests) {
        let answer = call.await.unwrap().unwrap();
        let asked = wire::GetRatingRequest {
            token: request.token.clone(),
            rating_id: answer.rating_id.clone(),
        };
        let own = crate::rpc::rating::get_rating::run(&fixture.intake, rater(), asked).await;
        assert!(own.unwrap().rating.unwrap().effective, "each call has its own answer");
        ids.push(answer.rating_id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), count.ratings()), (64, 64));
    assert!(count.transactions() <= 3, "{} transactions", count.transactions());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_row_is_refused_alone() {
    let fixture = Fixture::new().await;
    let mut candidates = Vec::new();
    for _ in 0..5 {
        let request = rating_request(&fixture.invitation().await, shared::Level::Satisfied);
        candidates.push(submit_rating::candidate(&fixture.intake, &rater(), request).unwrap());
    }
    // No caller can send this row: the store's own check refuses it.
    candidates[2].row.level = 9;
    let before = facts::head(&fixture.intake.store).await.unwrap();
    let (results, count) = commit_together(&fixture.intake, &fixture.place, candidates).await;
    let codes: Vec<Code> = results
        .into_iter()
        .map(|result| result.map_or_else(|e| tonic::Status::from(e).code(), |_| Code::Ok))
        .collect();
    assert_eq!(codes, [Code::Ok, Code::Ok, Code::Internal, Code::Ok, Code::Ok]);
    assert_eq!(count.ratings(), 4);
    let told = facts::list(&fixture.intake.store, before, 100).await.unwrap();
    let positions: Vec<i64> = told.iter().map(|f| f.position.cast_signed() - before).collect();
    assert_eq!(positions, [1, 2, 3, 4], "no gap where the poison row was");
}

#[tokio::test]
async fn a_connection_that_broke_is_replaced() {
    let fixture = Fixture::new().await;
    let request = rating_request(&fixture.invitation().await, shared::Level::Satisfied);
    submit_rating::run(&fixture.intake, rater(), None, request.clone()).await.unwrap();
    if fixture.intake.store.backend() == DbBackend::Postgres {
        let outside = Store::open::<crate::Migrator>(&fixture.place.location, NAME).await.unwrap();
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        outside.write().execute_unprepared(others).await.unwrap();
    }
    let request_id = fixture.intake.shell.clock.new_id().to_string();
    let next = wire::SubmitRatingRequest { request_id, ..request };
    let mut answers = Vec::new();
    while answers.last().is_none_or(Result::is_err) {
        answers.push(submit_rating::run(&fixture.intake, rater(), None, next.clone()).await);
        assert!(answers.len() <= 3, "each connection that broke refuses one batch at most");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i09_an_act_takes_five_ratings_a_minute_and_twenty_in_all_and_others_are_not_concerned() {
    let fixture = Fixture::new().await;
    let (token, other) = (fixture.invitation().await, fixture.invitation().await);
    let candidate = |token: &str| {
        let request = rating_request(token, shared::Level::Satisfied);
        submit_rating::candidate(&fixture.intake, &rater(), request).unwrap()
    };
    let reasons = |results: Vec<Answer>| -> Vec<String> {
        let reason = |error| {
            let status = tonic::Status::from(error);
            assert_eq!(status.code(), Code::ResourceExhausted);
            let details = status.get_error_details();
            let waits = details.retry_info().and_then(|retry| retry.retry_delay);
            let reason = details.error_info().unwrap().reason.clone();
            let minute = Some(Duration::from_secs(60));
            assert_eq!(waits, minute.filter(|_| reason == "RATED_TOO_OFTEN"), "{reason}");
            reason
        };
        results.into_iter().map(|result| result.map_or_else(reason, |_| "ok".to_owned())).collect()
    };
    let first = candidate(&token);
    for minute in 0..4 {
        let mut together = vec![if minute == 0 { first.clone() } else { candidate(&token) }];
        together.extend((0..6).map(|_| candidate(&token)));
        together.extend([candidate(&other)]);
        let (results, _) = commit_together(&fixture.intake, &fixture.place, together).await;
        let expected = [
            &["ok"; 5][..],
            &[if minute < 3 { "RATED_TOO_OFTEN" } else { "RATING_LIMIT_REACHED" }; 2],
            &["ok"],
        ]
        .concat();
        assert_eq!(reasons(results), expected, "{minute}");
        let clock = &fixture.intake.shell.clock;
        clock.set(clock.now() + jiff::SignedDuration::from_secs(60));
    }
    let again = vec![first.clone(), candidate(&token), candidate(&other)];
    let (results, count) = commit_together(&fixture.intake, &fixture.place, again).await;
    assert_eq!(results[0].as_ref().unwrap().id, first.row.id, "the same request, the same answer");
    let rest: Vec<Answer> = results.into_iter().skip(1).collect();
    assert_eq!(reasons(rest), ["RATING_LIMIT_REACHED", "ok"]);
    assert_eq!(count.ratings(), 1);
    let told = facts::list(&fixture.intake.store, 0, 1_000).await.unwrap();
    let told = told.iter().filter(|fact| matches!(&fact.body, Some(Body::RatingSubmitted(_))));
    assert_eq!(told.count(), 25, "one fact each");
}

async fn commit_together(
    intake: &Intake,
    place: &TestPlace,
    candidates: Vec<Candidate>,
) -> (Vec<Answer>, Arc<CommitCount>) {
    let store = Store::open::<crate::Migrator>(&place.location, NAME).await.unwrap();
    let (queue, commits) = new(&store, Acts::default(), &intake.shell, intake.reference.clone());
    let calls: Vec<_> = candidates
        .into_iter()
        .map(|candidate| {
            let (answer, committed) = oneshot::channel();
            let span = Span::none();
            let since = Instant::now();
            queue.sender.try_send(Waiting { candidate, answer, span, since }).unwrap();
            committed
        })
        .collect();
    let writer = tokio::spawn(commits.run(Stop::default()));
    let mut results = Vec::new();
    for call in calls {
        results.push(call.await.unwrap());
    }
    let count = Arc::clone(queue.count());
    drop(queue);
    writer.await.unwrap();
    (results, count)
}
