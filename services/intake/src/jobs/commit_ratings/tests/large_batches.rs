//! Batches of a thousand cases: others get their turn, and each case is rated once whatever
//! happens.

use std::{collections::BTreeSet, time::Instant};

use platform::testing::WINDOW_ITEM;
use proto::r#type::v1::{Level, Stage};
use sea_orm::{EntityTrait as _, PaginatorTrait as _, Statement};

use super::*;
use crate::{
    app::rating::batch::PIECE,
    entity::{batch_rating, service_act},
    rpc::{
        case::push_case,
        testing::{Fixture, rater, rating_request},
    },
    store::{
        case::cases,
        rating::{batches, ratings},
    },
};

/// Under a profile where a batch is rated once.
const COAST: &str = "haiyang-2021";
/// How many cases the batch has.
const CASES: usize = 1_000;

/// A batch of so many cases, and the invitation to rate one of them. They are in the store as if
/// they had been pushed.
async fn batch(fixture: &Fixture, cases: usize) -> String {
    let mut report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
    report.batch_number = "B-1".to_owned();
    fixture.push(report).await.unwrap();
    let acts = cases::offered(fixture.intake.store.read()).await.unwrap();
    let act = acts.into_iter().next_back().unwrap();
    let token = fixture.intake.shell.invitations.token(domain::id::ActId(act.id));
    let more: Vec<_> = (1..cases).map(|_| another(fixture, &act)).collect();
    keep(fixture, more).await;
    token
}

/// The invitation to rate a case that is in no batch.
async fn alone(fixture: &Fixture) -> String {
    let report = fixture.report("P-9", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
    fixture.push(report).await.unwrap();
    let acts = cases::offered(fixture.intake.store.read()).await.unwrap();
    let act = acts.iter().find(|act| act.batch_id.is_none()).unwrap();
    fixture.intake.shell.invitations.token(domain::id::ActId(act.id))
}

/// A copy of the act for another case.
fn another(fixture: &Fixture, act: &service_act::Model) -> service_act::Model {
    let clock = &fixture.intake.shell.clock;
    service_act::Model { id: clock.new_id(), case_id: clock.new_id(), ..act.clone() }
}

async fn keep(fixture: &Fixture, acts: Vec<service_act::Model>) {
    let txn = fixture.intake.store.begin().await.unwrap();
    cases::insert_acts(&txn, acts).await.unwrap();
    txn.commit().await.unwrap();
}

/// A rating by an invitation token, waiting for its commit, and the receiver of its result.
fn waiting(
    intake: &Intake,
    request: wire::SubmitRatingRequest,
) -> (Waiting, oneshot::Receiver<Answer>) {
    let candidate = submit_rating::candidate(intake, &rater(), request).unwrap();
    let (answer, committed) = oneshot::channel();
    (Waiting { candidate, answer, span: Span::none(), since: Instant::now() }, committed)
}

async fn ratings(fixture: &Fixture) -> Vec<rating::Model> {
    rating::Entity::find().all(fixture.intake.store.read()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_batch_of_a_thousand_leaves_everybody_else_their_turn() {
    let fixture = Fixture::under(COAST).await;
    let of_batch = batch(&fixture, CASES).await;
    let alone = alone(&fixture).await;
    let before = facts::head(&fixture.intake.store).await.unwrap();
    let held = hold(&fixture.place).await;
    let rate = |token: &str| {
        let (intake, request) = (fixture.intake.clone(), rating_request(token, Level::Satisfied));
        tokio::spawn(async move { submit_rating::run(&intake, rater(), None, request).await })
    };
    let together = rate(&of_batch);
    let count = fixture.intake.commit_count();
    until("the batch's rating is being committed", || count.accepted() == 1).await;
    // Behind it, somebody else rates.
    let other = rate(&alone);
    until("another one waits", || count.accepted() == 2).await;
    held.commit().await.unwrap();
    let receipt = together.await.unwrap().unwrap();
    let other = other.await.unwrap().unwrap();
    fixture.settled().await;
    assert_eq!(receipt.batch_rating_ids.len(), CASES);
    let told = facts::list(&fixture.intake.store, before, 10_000).await.unwrap();
    let rated = told.iter().filter_map(|fact| match &fact.body {
        Some(proto::fact::v1::fact::Body::RatingSubmitted(rated)) => Some(rated),
        _ => None,
    });
    let order: Vec<&str> = rated.map(|rated| rated.rating_id.as_str()).collect();
    assert_eq!(order.len(), CASES + 1);
    let place = order.iter().position(|id| *id == other.rating_id).unwrap();
    assert!(place <= 2 * (PIECE + 1), "behind {place} ratings of a batch of {CASES}");
    assert!(count.transactions() >= u64::try_from(CASES / PIECE).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn i10_a_batch_is_given_its_rating_once_whoever_dies_in_between_and_however_many_go_on() {
    let fixture = Fixture::under(COAST).await;
    let token = batch(&fixture, CASES).await;
    // This process ends; another finds the rating, writes a part of it, and dies.
    fixture.intake.shell.stop.stop();
    let (intake, mut commits) = fixture.restarted().await;
    let mut request = rating_request(&token, Level::Dissatisfied);
    request.text = "都慢".to_owned();
    let (rating, committed) = waiting(&intake, request.clone());
    commits.answer(&mut vec![rating]).await;
    let first = committed.await.unwrap().unwrap();
    commits.give_piece().await;
    drop(commits);
    let part = rating::Entity::find().count(fixture.intake.store.read()).await.unwrap();
    assert_eq!(usize::try_from(part).unwrap(), 1 + 2 * PIECE, "a piece at a time");
    // A case reported during the commit; neither saw the other.
    let acts = cases::offered(fixture.intake.store.read()).await.unwrap();
    keep(&fixture, vec![another(&fixture, acts.last().unwrap())]).await;
    assert!(acts.iter().any(|act| act.id == first.act_id));

    let (one, two) = (fixture.restarted().await, fixture.restarted().await);
    let replicas = [one.1, two.1].map(|commits| tokio::spawn(commits.run(Stop::default())));
    fixture.settled().await;
    let receipt = submit_rating::run(&one.0, rater(), None, request).await.unwrap();
    let rated = ratings(&fixture).await;
    assert_eq!(rated.len(), CASES + 1);
    let of_acts: BTreeSet<_> = rated.iter().map(|rating| rating.act_id).collect();
    assert_eq!(of_acts.len(), CASES + 1, "each act has one");
    let alike = |other: &rating::Model| {
        (other.received_at, other.level, other.batch_id, other.has_text)
            == (first.received_at, first.level, first.batch_id, true)
    };
    assert!(rated.iter().all(alike));
    let ids: BTreeSet<String> = rated.iter().map(|rating| rating.id.to_string()).collect();
    let listed: BTreeSet<String> = receipt.batch_rating_ids.iter().cloned().collect();
    assert_eq!((listed.len(), listed.is_subset(&ids)), (CASES, true), "as the answer said");
    let told = fixture.told().await.into_iter();
    let told = told.filter(|body| matches!(body, proto::fact::v1::fact::Body::RatingSubmitted(_)));
    assert_eq!(told.count(), CASES + 1, "and nothing is told twice");
    for replica in replicas {
        replica.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hy11_a_case_told_while_its_batch_is_being_rated_has_the_rating_all_the_same() {
    let fixture = Fixture::under(COAST).await;
    let token = batch(&fixture, 1).await;
    // The rating is committed while the report is running and has already looked for ratings.
    let (rating, _) = waiting(&fixture.intake, rating_request(&token, Level::Satisfied));
    let (store, reference) = (&fixture.intake.store, &fixture.intake.reference);
    let candidates = std::slice::from_ref(&rating.candidate);
    let shown =
        RatingContext::load(store, &fixture.intake.acts, reference, candidates).await.unwrap();
    let new = shown.decide(&rating.candidate).unwrap();
    let given = batch_rating::Model { owed_since: None, ..new.batch.unwrap() };
    let held = hold(&fixture.place).await;
    let mut report = fixture.report("P-2", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
    report.batch_number = "B-1".to_owned();
    let (intake, system) = (fixture.intake.clone(), fixture.business_system());
    let request = wire::PushCaseRequest { report: Some(report) };
    let pushed = tokio::spawn(async move { push_case::run(&intake, system, request).await });
    if fixture.intake.store.backend() == DbBackend::Postgres {
        // SQLite has one writer at a time: there the report comes after it.
        let waits = "SELECT 1 FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waits = Statement::from_string(DbBackend::Postgres, waits);
        while fixture.intake.store.read().query_one_raw(waits.clone()).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    }
    ratings::insert_ratings(&held, vec![new.row]).await.unwrap();
    batches::insert(&held, vec![given]).await.unwrap();
    held.commit().await.unwrap();
    pushed.await.unwrap().unwrap();
    fixture.settled().await;
    let rated = ratings(&fixture).await;
    let acts: BTreeSet<_> = rated.iter().map(|rating| rating.act_id).collect();
    assert_eq!((rated.len(), acts.len()), (2, 2));
}
