//! Where ratings wait for their commit: a caller puts one in and waits. The writer that takes them
//! out is a job (`jobs::commit_ratings`); this file does not depend on it.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use domain::rating::Submission;
use platform::{
    request::RequestKey,
    telemetry::{TARGET, trace},
};
use tokio::sync::{Notify, mpsc, oneshot};
use tracing::Span;
use uuid::Uuid;

use crate::{
    entity::rating,
    error::{Error, rating::RatingError},
};

/// How many ratings may wait; more are refused at once.
const QUEUE: usize = 8_192;

/// A rating to be committed.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// What the rater submitted.
    pub(crate) submission: Submission,
    /// The row, complete except for what the act decides.
    pub(crate) row: rating::Model,
    /// What its fact says of the rater's words.
    pub(crate) words_hash: Vec<u8>,
    /// The id of its fact.
    pub(crate) fact_id: Uuid,
    /// The key of the request.
    pub(crate) key: RequestKey,
    /// The trace its fact carries.
    pub(crate) traceparent: String,
    /// True if the rater was identified, whatever the case knows of them (I13).
    pub(crate) identified: bool,
}

/// The committed rating, or the one committed before by the same request.
pub(crate) type Answer = Result<rating::Model, Error>;

/// A waiting rating, and the caller that waits for it.
pub(crate) struct Waiting {
    pub(crate) candidate: Candidate,
    pub(crate) answer: oneshot::Sender<Answer>,
    /// From the start of the wait to the answer; none if the call's trace is not sent.
    pub(crate) span: Span,
    /// The start of the wait.
    pub(crate) since: Instant,
}

/// Where calls wait for their commit.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) sender: mpsc::Sender<Waiting>,
    count: Arc<CommitCount>,
    owing: Arc<Notify>,
}

impl Queue {
    /// An empty queue, and the end that its writer reads.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Waiting>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (count, owing) = (Arc::new(CommitCount::default()), Arc::new(Notify::new()));
        (Self { sender, count, owing }, receiver)
    }

    /// Commits a rating and waits until it is durable. If the caller goes away, its rating is still
    /// committed; a repeated request gets the same answer.
    pub(crate) async fn commit(&self, mut candidate: Candidate) -> Answer {
        let (answer, committed) = oneshot::channel();
        let span = match trace::is_sampled() {
            true => tracing::info_span!(target: TARGET, "commit"),
            false => Span::none(),
        };
        candidate.traceparent = trace::traceparent_of(&span);
        match self.sender.try_send(Waiting { candidate, answer, span, since: Instant::now() }) {
            Ok(()) => {
                self.count.accepted.fetch_add(1, Ordering::Relaxed);
            }
            Err(mpsc::error::TrySendError::Full(_)) => return Err(RatingError::QueueFull.into()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(stopped()),
        }
        committed.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Reports that a rating of a batch was committed elsewhere, and more ratings are open.
    pub(crate) fn more_is_owed(&self) {
        self.owing.notify_one();
    }

    /// A handle for that report.
    pub(crate) fn owing(&self) -> &Arc<Notify> {
        &self.owing
    }

    /// How many ratings wait, how many may, and for how many seconds the first of those that are being
    /// committed has waited.
    pub(crate) fn waiting(&self) -> (usize, usize, f64) {
        let since = *self.count.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let age = since.map_or(0.0, |since| since.elapsed().as_secs_f64());
        (QUEUE - self.sender.capacity(), QUEUE, age)
    }

    /// The numbers of ratings accepted and committed so far.
    pub(crate) fn count(&self) -> &Arc<CommitCount> {
        &self.count
    }
}

/// The numbers of ratings accepted and committed so far.
#[derive(Debug, Default)]
pub struct CommitCount {
    accepted: AtomicU64,
    pub(crate) transactions: AtomicU64,
    pub(crate) ratings: AtomicU64,
    pub(crate) answers_lost: AtomicU64,
    /// Since when the first of the ratings that are being committed has waited.
    under_way: Mutex<Option<Instant>>,
}

impl CommitCount {
    /// Ratings are being committed of which the first has waited since then; or none is.
    pub(crate) fn put_under_way(&self, since: Option<Instant>) {
        *self.under_way.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    /// How many ratings the queue has accepted so far.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many transactions wrote ratings so far.
    #[must_use]
    pub fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }

    /// How many transactions lost their answer and were read back.
    #[must_use]
    pub fn answers_lost(&self) -> u64 {
        self.answers_lost.load(Ordering::Relaxed)
    }

    /// How many ratings were written so far.
    #[must_use]
    pub fn ratings(&self) -> u64 {
        self.ratings.load(Ordering::Relaxed)
    }
}

fn stopped() -> Error {
    RatingError::Stopping.into()
}
