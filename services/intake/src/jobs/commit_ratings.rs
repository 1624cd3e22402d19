//! Group commit: calls that rate at the same time share one transaction. One writer takes whatever
//! waits, without lingering, loads the acts in one query, decides each rating in `domain`, writes
//! ratings and facts in one statement, and answers each call with its own result. Alone, a call
//! commits at once. A row the store refuses is refused alone. An answer means durable on disk.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    item::Item,
    rating::{Submission, in_window},
};
use platform::{
    bus::Bus,
    clock::instant,
    database::Store,
    reference::{Reference, Snapshot},
    request::RequestKey,
    shell::Shell,
    status::{Failure, is_away},
    stop::Stop,
    telemetry::{TARGET, trace},
};
use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::{
    NAME,
    convert::{act_from_row, window_of},
    entity::{rating, service_act},
    error::Error,
    facts::rating_submitted,
    store::submit::{self, NewRating},
};

/// How many ratings may wait; more are refused at once.
const QUEUE: usize = 8_192;
/// How many ratings one transaction takes at most.
const BATCH: usize = 512;

/// A rating to be committed.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// What the rater submitted.
    pub(crate) submission: Submission,
    /// The row, complete but for what the act decides.
    pub(crate) row: rating::Model,
    /// The id of its fact.
    pub(crate) fact_id: Uuid,
    /// What the request is recognised by.
    pub(crate) key: RequestKey,
    /// The trace its fact carries.
    pub(crate) traceparent: String,
}

/// The committed rating, or the one committed before by the same request.
pub(crate) type Answer = Result<rating::Model, Error>;

struct Waiting {
    candidate: Candidate,
    answer: oneshot::Sender<Answer>,
    /// From the call's wish to commit until it is answered; none if its trace is not sent.
    span: Span,
}

/// Where calls wait for their commit.
#[derive(Clone)]
pub(crate) struct Queue {
    sender: mpsc::Sender<Waiting>,
    count: Arc<CommitCount>,
}

/// What was taken in and committed so far.
#[derive(Debug, Default)]
pub struct CommitCount {
    accepted: AtomicU64,
    transactions: AtomicU64,
    ratings: AtomicU64,
}

impl Queue {
    /// Commits a rating and waits until it is durable. A caller that goes away leaves its rating
    /// committed; asking again replays the answer.
    pub(crate) async fn commit(&self, mut candidate: Candidate) -> Answer {
        let (answer, committed) = oneshot::channel();
        let span = match trace::is_sampled() {
            true => tracing::info_span!(target: TARGET, "commit"),
            false => Span::none(),
        };
        candidate.traceparent = trace::traceparent_of(&span);
        match self.sender.try_send(Waiting { candidate, answer, span }) {
            Ok(()) => {
                self.count.accepted.fetch_add(1, Ordering::Relaxed);
            }
            Err(mpsc::error::TrySendError::Full(_)) => return Err(Error::QueueFull),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(stopped()),
        }
        committed.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// What was taken in and committed so far.
    pub(crate) fn count(&self) -> &Arc<CommitCount> {
        &self.count
    }
}

impl CommitCount {
    /// How many ratings were taken into the queue so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many transactions wrote ratings so far.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// How many ratings were written so far.
    #[must_use]
    pub fn ratings(&self) -> u64 {
        self.ratings.load(Ordering::Relaxed)
    }
}

fn stopped() -> Error {
    Error::Stopping
}

/// The writer. Ends once every queue is dropped and nothing waits any more.
pub struct Commits {
    store: Store,
    bus: Bus,
    reference: Reference,
    receiver: mpsc::Receiver<Waiting>,
    count: Arc<CommitCount>,
}

/// A queue and its writer.
pub(crate) fn new(store: Store, shell: &Shell, reference: Reference) -> (Queue, Commits) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let count = Arc::new(CommitCount::default());
    let queue = Queue { sender, count: Arc::clone(&count) };
    (queue, Commits { store, bus: shell.bus.clone(), reference, receiver, count })
}

/// The span of a transaction many calls share: a trace of its own, which each of theirs that
/// is sent links to. There is none if none is.
fn batch_span(batch: &[Waiting]) -> Span {
    let Some(first) = batch.iter().find(|waiting| !waiting.span.is_disabled()) else {
        return Span::none();
    };
    let ratings = i64::try_from(batch.len()).unwrap_or(i64::MAX);
    let together = tracing::info_span!(target: TARGET, parent: None, "commit batch", ratings);
    // Before anything else is asked of it: it is sent because this one is.
    if let Some(first) = trace::context_of(&first.span) {
        trace::link(&together, &first);
    }
    if let Some(context) = trace::context_of(&together) {
        for waiting in batch {
            trace::link(&waiting.span, &context);
        }
    }
    together
}

impl Commits {
    /// Commits until no more calls come in and nothing waits any more.
    pub async fn run(mut self, served: Stop) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                taken = self.receiver.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        return;
                    }
                }
                // Connections may outlive the server; what waits is still committed.
                () = served.stopped(), if !self.receiver.is_closed() => {
                    self.receiver.close();
                    continue;
                }
            }
            let together = batch_span(&batch);
            let (candidates, answers): (Vec<_>, Vec<_>) = batch
                .drain(..)
                .map(|waiting| (waiting.candidate, (waiting.answer, waiting.span)))
                .unzip();
            let results = self.commit(&candidates).instrument(together).await;
            self.bus.committed(NAME);
            for ((answer, span), result) in answers.into_iter().zip(results) {
                drop(span);
                // The caller may have gone; its rating stands all the same.
                let _ = answer.send(result);
            }
        }
    }

    /// One result for each candidate, in order.
    async fn commit(&self, candidates: &[Candidate]) -> Vec<Answer> {
        match self.decide_and_write(candidates).await {
            Ok(results) => results,
            Err(Failure::Store(error)) if !is_away(&error) && candidates.len() > 1 => {
                tracing::warn!(error = %error, rows = candidates.len(), "batch refused, one by one");
                let mut results = Vec::with_capacity(candidates.len());
                for candidate in candidates {
                    let alone = std::slice::from_ref(candidate);
                    match self.decide_and_write(alone).await {
                        Ok(result) => results.extend(result),
                        Err(failure) => results.push(Err(failure.into())),
                    }
                }
                results
            }
            Err(Failure::Store(error)) => {
                candidates.iter().map(|_| Err(Failure::Store(error.clone()).into())).collect()
            }
            Err(failure) => {
                let reason = failure.to_string();
                candidates.iter().map(|_| Err(Failure::Internal(reason.clone()).into())).collect()
            }
        }
    }

    async fn decide_and_write(&self, candidates: &[Candidate]) -> Result<Vec<Answer>, Failure> {
        let mut ids: Vec<Uuid> = candidates.iter().map(|candidate| candidate.row.act_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let shown = self.shown(submit::acts(&self.store, &ids).await?, candidates).await?;
        let decided: Vec<Result<NewRating, Error>> =
            candidates.iter().map(|candidate| decide(candidate, &shown)).collect();
        let new: Vec<NewRating> =
            decided.iter().filter_map(|decision| decision.as_ref().ok().cloned()).collect();
        let mut written = Vec::new();
        if !new.is_empty() {
            written = submit::insert(&self.store, &new).await?;
            self.count.transactions.fetch_add(1, Ordering::Relaxed);
            self.count.ratings.fetch_add(written.len() as u64, Ordering::Relaxed);
        }
        // Whoever was refused or not written may be asking again for what was committed before.
        let mut results: Vec<Option<Answer>> = Vec::with_capacity(candidates.len());
        let mut earlier = Vec::new();
        for (candidate, decision) in candidates.iter().zip(&decided) {
            let done = decision.is_ok() && written.contains(&candidate.row.id);
            results.push(done.then(|| Ok(candidate.row.clone())));
            if !done {
                earlier.push(candidate.key.key.to_vec());
            }
        }
        let earlier = match earlier.is_empty() {
            true => HashMap::new(),
            false => submit::by_request_key(&self.store, &earlier).await?,
        };
        let answer = |((result, decision), candidate): ((Option<Answer>, _), &Candidate)| {
            result.unwrap_or_else(|| match (earlier.get(candidate.key.key.as_slice()), decision) {
                (Some(row), _) if row.body_hash == candidate.key.body => Ok(row.clone()),
                (Some(_), _) => Err(Failure::RequestIdReused.into()),
                (None, Err(refusal)) => Err(refusal),
                (None, Ok(_)) => {
                    Err(Failure::Internal("a rating was not written".to_owned()).into())
                }
            })
        };
        Ok(results.into_iter().zip(decided).zip(candidates).map(answer).collect())
    }

    /// What the raters of a batch had before them.
    async fn shown(
        &self,
        acts: HashMap<Uuid, service_act::Model>,
        candidates: &[Candidate],
    ) -> Result<Shown, Failure> {
        let mut items = HashMap::new();
        for act in acts.values() {
            let version = u32::try_from(act.item_version).unwrap_or_default();
            if let Entry::Vacant(place) = items.entry((act.item_code.clone(), version))
                && let Some(item) = self.reference.item(&act.item_code, Some(version)).await?
            {
                place.insert(item);
            }
        }
        let named = |known: &Snapshot, candidate: &Candidate| {
            let version = &candidate.submission.tag_list_version;
            version.is_empty() || known.tag_list(version).is_some()
        };
        // Another replica may have shown a list published this very second.
        let known = self.reference.now();
        if !candidates.iter().all(|candidate| named(&known, candidate)) {
            self.reference.refresh().await?;
        }
        Ok(Shown { acts, items, known: self.reference.now() })
    }
}

/// What the raters of a batch had before them: each its act, its item in the version of the act, and
/// of the tag lists the one its rating names.
struct Shown {
    acts: HashMap<Uuid, service_act::Model>,
    items: HashMap<(String, u32), Arc<Item>>,
    known: Arc<Snapshot>,
}

fn decide(candidate: &Candidate, shown: &Shown) -> Result<NewRating, Error> {
    let row = shown.acts.get(&candidate.row.act_id).ok_or(Error::InvitationNotFound)?;
    let act = act_from_row(row)?;
    let known = &shown.known;
    let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
    let profile = known.policy(&act.policy).ok_or_else(|| not_yet("the policy profile"))?;
    let item = shown.items.get(&(act.item_code.clone(), act.item_version));
    let item = item.ok_or_else(|| not_yet("the item"))?;
    let named = &candidate.submission.tag_list_version;
    let tags = known.tags_shown(profile, named).map(Arc::as_ref);
    candidate.submission.check(profile, tags, &item.content.questionnaire)?;
    if row.closes_at.is_some_and(|closes_at| candidate.row.received_at >= closes_at) {
        in_window(window_of(row)?.as_ref(), instant(candidate.row.received_at))?;
    }
    let fact = rating_submitted(&candidate.row, &act, row.real_name);
    let traceparent = candidate.traceparent.clone();
    Ok(NewRating::new(candidate.row.clone(), candidate.fact_id, fact, traceparent))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platform::{facts, testing::TestPlace};
    use proto::{intake::v1 as wire, r#type::v1 as shared};
    use sea_orm::{ConnectionTrait as _, DatabaseTransaction};
    use tonic::Code;

    use super::*;
    use crate::{
        Intake,
        rpc::submit_rating,
        rpc::testing::{Fixture, rater, rating_request},
    };

    /// Holds the store's commit from outside, on a connection of its own.
    async fn hold(place: &TestPlace) -> DatabaseTransaction {
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
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect(what);
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
                tokio::spawn(async move { submit_rating::run(&intake, rater(), request).await })
            })
            .collect();
        // All wait, but for those in the batch that is being committed: none is answered.
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
            let own = crate::rpc::get_rating::run(&fixture.intake, rater(), asked).await;
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
        // Nothing a caller can send gets here: the store's own check refuses it.
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

    async fn commit_together(
        intake: &Intake,
        place: &TestPlace,
        candidates: Vec<Candidate>,
    ) -> (Vec<Answer>, Arc<CommitCount>) {
        let store = Store::open::<crate::Migrator>(&place.location, NAME).await.unwrap();
        let (queue, commits) = new(store, &intake.shell, intake.reference.clone());
        let calls: Vec<_> = candidates
            .into_iter()
            .map(|candidate| {
                let (answer, committed) = oneshot::channel();
                let span = Span::none();
                queue.sender.try_send(Waiting { candidate, answer, span }).unwrap();
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
}
