//! Group commit: calls that rate at the same time share one transaction. One writer takes all
//! waiting ratings without a pause and loads in one query the acts that nobody was shown lately. It
//! decides each rating in `domain`, writes ratings and facts in one statement, and answers each
//! call with its own result. A single call commits at once. If the store refuses a row, only that
//! row is refused. An answer means durable on disk: for a batch, the given rating, and that each
//! act will get it. Between two transactions the writer writes a piece of the open ratings of
//! batches.

mod owed;

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use platform::{
    bus::Bus,
    database::Store,
    reference::Reference,
    shell::Shell,
    status::{Failure, is_answer_lost, is_away},
    stop::Stop,
    telemetry::{
        TARGET,
        metrics::{
            Histogram,
            table::{BATCH as BATCH_SIZE, COMMIT_DURATION},
        },
        trace,
    },
};
use tokio::{
    sync::{Notify, mpsc},
    time::MissedTickBehavior,
};
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::{
    NAME,
    app::rating::{batch::RatedBefore, context::RatingContext},
    config::RatingLimits,
    entity::rating,
    error::{Error, rating::RatingError},
    state::queue::{Answer, Candidate, CommitCount, Queue, Waiting},
    store::{
        case::acts::Acts,
        rating::submit::{self, Writer},
    },
};

/// How many ratings one transaction takes at most.
const BATCH: usize = 512;
/// How often it looks for open ratings of batches left by another process.
const LOOK: Duration = Duration::from_secs(5);

/// The writer. It ends once every queue is dropped and nothing waits any more.
pub struct Commits {
    store: Store,
    writer: Writer,
    acts: Acts,
    bus: Bus,
    reference: Reference,
    shell: Shell,
    receiver: mpsc::Receiver<Waiting>,
    count: Arc<CommitCount>,
    limits: RatingLimits,
    sizes: Histogram<f64>,
    durations: Histogram<f64>,
    /// The ratings that some act of their batch does not have yet.
    owed: VecDeque<Uuid>,
    owing: Arc<Notify>,
}

/// A queue and its writer.
pub(crate) fn new(
    store: &Store,
    acts: Acts,
    shell: &Shell,
    reference: Reference,
) -> (Queue, Commits) {
    let (queue, receiver) = Queue::new();
    let (count, owing) = (Arc::clone(queue.count()), Arc::clone(queue.owing()));
    let owed = VecDeque::new();
    let (bus, shell) = (shell.bus.clone(), shell.clone());
    let store = store.apart();
    let writer = Writer::new(store.clone());
    let limits = RatingLimits::default();
    let sizes = shell.metrics.histogram(&BATCH_SIZE);
    let durations = shell.metrics.histogram(&COMMIT_DURATION);
    let commits = Commits {
        store,
        writer,
        acts,
        bus,
        reference,
        shell,
        receiver,
        count,
        limits,
        sizes,
        durations,
        owed,
        owing,
    };
    (queue, commits)
}

/// The span of a transaction that many calls share: a trace of its own, with a link to each sent
/// trace of those calls. If none is sent, there is no span.
fn batch_span(batch: &[Waiting]) -> Span {
    let Some(first) = batch.iter().find(|waiting| !waiting.span.is_disabled()) else {
        return Span::none();
    };
    let ratings = i64::try_from(batch.len()).unwrap_or(i64::MAX);
    let together = tracing::info_span!(target: TARGET, parent: None, "commit batch", ratings);
    // This comes first: the span is sent because this trace is sent.
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
    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: RatingLimits) -> Self {
        Self { limits, ..self }
    }

    /// Commits until no more calls come and nothing waits any more. Open ratings of batches are
    /// then on disk, for the next start.
    pub async fn run(mut self, served: Stop) {
        let mut batch = Vec::with_capacity(BATCH);
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let owing = Arc::clone(&self.owing);
        loop {
            tokio::select! {
                biased;
                // Connections may outlive the server; waiting ratings are still committed.
                () = served.stopped(), if !self.receiver.is_closed() => {
                    self.receiver.close();
                    continue;
                }
                () = owing.notified() => self.look().await,
                _ = look.tick() => self.look().await,
                taken = self.receiver.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        return;
                    }
                }
                // Nobody waits.
                () = std::future::ready(()), if !self.owed.is_empty() => {}
            }
            if !batch.is_empty() {
                self.answer(&mut batch).await;
            }
            self.give_piece().await;
        }
    }

    /// Commits the waiting ratings, and answers each call.
    async fn answer(&mut self, batch: &mut Vec<Waiting>) {
        let (together, began) = (batch_span(batch), Instant::now());
        self.count.put_under_way(batch.first().map(|first| first.since));
        self.sizes.record(u32::try_from(batch.len()).map_or(0.0, f64::from), &[]);
        let (candidates, answers): (Vec<_>, Vec<_>) = batch
            .drain(..)
            .map(|waiting| (waiting.candidate, (waiting.answer, waiting.span)))
            .unzip();
        let results = self.commit(&candidates).instrument(together).await;
        self.durations.record(began.elapsed().as_secs_f64(), &[]);
        self.count.put_under_way(None);
        self.bus.committed(NAME);
        for ((answer, span), result) in answers.into_iter().zip(results) {
            drop(span);
            // The caller may have gone; its rating stands all the same.
            let _ = answer.send(result);
        }
    }

    /// One result for each candidate, in order.
    async fn commit(&mut self, candidates: &[Candidate]) -> Vec<Answer> {
        let done = match self.decide_and_write(candidates).await {
            Err(Failure::Store(error)) if is_answer_lost(&error) => {
                // Committed or not: the writer does not guess. It finds committed ratings by their
                // request keys, and writes the others now.
                self.count.answers_lost.fetch_add(1, Ordering::Relaxed);
                // The server that answers now may be a new standby, without what this process has
                // cached.
                self.acts.forget();
                self.decide_and_write(candidates).await
            }
            done => done,
        };
        match done {
            Ok(results) => results,
            Err(Failure::Store(error)) if !is_away(&error) && candidates.len() > 1 => {
                tracing::warn!(error = %error, rows = candidates.len(), "the batch was refused: its ratings are written one by one");
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

    async fn decide_and_write(&mut self, candidates: &[Candidate]) -> Result<Vec<Answer>, Failure> {
        let shown =
            RatingContext::load(&self.store, &self.acts, &self.reference, candidates).await?;
        let answered = self.answered(&shown, candidates).await?;
        let mut refused: HashMap<Uuid, Error> = HashMap::new();
        let mut new = Vec::with_capacity(candidates.len());
        let acts = candidates.iter().filter_map(|candidate| shown.any_act(candidate.row.act_id));
        let mut rated = RatedBefore::load(&self.store, acts, self.limits).await?;
        for candidate in candidates {
            match shown.decide(candidate) {
                Ok(_) if answered.contains_key(candidate.key.key.as_slice()) => {}
                Ok(rating) => match rated.once_more(&rating) {
                    Ok(()) => new.push(rating),
                    Err(refusal) => {
                        refused.insert(candidate.row.id, refusal);
                    }
                },
                Err(refusal) => {
                    refused.insert(candidate.row.id, refusal);
                }
            }
        }
        let mut written = HashSet::new();
        if !new.is_empty() {
            self.give_at_once(&mut new).await?;
            written = self.writer.insert(&new, self.limits).await?;
            self.count.transactions.fetch_add(1, Ordering::Relaxed);
            self.count.ratings.fetch_add(written.len() as u64, Ordering::Relaxed);
            let of_batches = new.iter().filter(|new| new.batch.is_some()).map(|new| new.row.id);
            self.owed.extend(of_batches.filter(|id| written.contains(id)));
        }
        // A refused or unwritten call may repeat a request that was committed before.
        let earlier = candidates.iter().filter(|candidate| !written.contains(&candidate.row.id));
        let earlier: Vec<Vec<u8>> = earlier.map(|candidate| candidate.key.key.to_vec()).collect();
        let earlier = match earlier.is_empty() {
            true => HashMap::new(),
            false => submit::by_request_key(&self.store, &earlier).await?,
        };
        let lacking = candidates.iter().filter(|candidate| {
            let (id, key) = (candidate.row.id, candidate.key.key.as_slice());
            !written.contains(&id) && !earlier.contains_key(key) && !refused.contains_key(&id)
        });
        let lacking: Vec<Uuid> = lacking.map(|candidate| candidate.row.act_id).collect();
        let held = match lacking.is_empty() {
            true => HashMap::new(),
            false => submit::count_of(&self.store, &lacking).await?,
        };
        let limits = self.limits;
        let mut rows: HashMap<Uuid, rating::Model> =
            new.into_iter().map(|new| (new.row.id, new.row)).collect();
        let answer = |candidate: &Candidate| {
            let id = candidate.row.id;
            let done = if written.contains(&id) { rows.remove(&id) } else { None };
            if let Some(row) = done {
                return Ok(row);
            }
            match (earlier.get(candidate.key.key.as_slice()), refused.remove(&id)) {
                (Some(row), _) if row.body_hash == candidate.key.body => Ok(row.clone()),
                (Some(_), _) => Err(Failure::RequestIdReused.into()),
                (None, Some(refusal)) => Err(refusal),
                // Nothing else prevents a write.
                (None, None) => {
                    let held = held.get(&candidate.row.act_id).copied().unwrap_or_default();
                    let all = limits.per_act > 0 && held >= i64::from(limits.per_act);
                    Err(if all {
                        RatingError::RatedOften.into()
                    } else {
                        RatingError::RatedFast.into()
                    })
                }
            }
        };
        Ok(candidates.iter().map(answer).collect())
    }

    /// Earlier answers to the candidates for batches: a repeated request rates no act that joined
    /// the batch since. For all others, the store's key ensures this.
    async fn answered(
        &self,
        shown: &RatingContext,
        candidates: &[Candidate],
    ) -> Result<HashMap<Vec<u8>, rating::Model>, Failure> {
        let of_batches = candidates.iter().filter(|candidate| shown.is_batch(candidate.row.act_id));
        let keys: Vec<Vec<u8>> = of_batches.map(|candidate| candidate.key.key.to_vec()).collect();
        match keys.is_empty() {
            true => Ok(HashMap::new()),
            false => Ok(submit::by_request_key(&self.store, &keys).await?),
        }
    }
}

#[cfg(test)]
mod tests;
