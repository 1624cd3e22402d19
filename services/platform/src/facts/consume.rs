//! How a service applies others' facts. They are applied exactly once and many together, in the
//! transaction that moves the cursor; `follow` fetches them.

use std::{
    collections::BTreeSet,
    future::Future,
    sync::atomic::{AtomicU64, Ordering},
};

use proto::fact::v1::{Fact, fact::Body};
use sea_orm::DbErr;
use uuid::Uuid;

pub use crate::facts::follow::Follower;
use crate::{
    database::{Store, Txn},
    facts::history::Place,
};

/// Why a fact is not applied yet. It is set aside, and work that does not depend on it continues.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// It has no meaning. A newer version tries it again, or an operator does.
    #[error("{0}")]
    Broken(String),
    /// This version does not know its content. A newer one will.
    #[error("unknown to this version: {0}")]
    Unknown(String),
    /// Another fact must come first; it is tried again every second.
    #[error("waits for {0}")]
    Waits(String),
}

/// The result of applying some facts.
#[derive(Debug, Default)]
pub struct ApplyOutcome {
    /// The facts to write because of them, each with the position of the fact that led to it.
    pub told: Vec<(u64, Body)>,
    /// The positions of those that were not applied; nothing of them was written.
    pub left: Vec<(u64, Obstacle)>,
}

/// What was taken back of facts that are in no history any more.
#[derive(Debug, Default)]
pub struct Retraction {
    /// The facts to write because of that.
    pub told: Vec<Body>,
    /// What those facts were about: what remains of it is computed again from the remaining facts.
    pub subjects: BTreeSet<Uuid>,
    /// The same in words, for the operator who is asked to agree.
    pub words: Vec<String>,
}

/// A service's consumer of others' facts. There is no order between producers.
pub trait Consumer: Send + Sync + 'static {
    /// The producers it follows.
    fn producers(&self) -> &'static [&'static str];

    /// Applies facts of one producer in order, inside the transaction that moves the cursor. Some
    /// may be missing in between: those that were set aside. An error undoes all of them; then
    /// smaller parts are applied, until the one that the store refuses is found.
    fn apply(
        &self,
        txn: &Txn,
        facts: &[Fact],
    ) -> impl Future<Output = Result<ApplyOutcome, DbErr>> + Send;

    /// Called after facts of `producer` were committed.
    fn applied(&self, producer: &str) -> impl Future<Output = ()> + Send;

    /// The last fact of a producer, at this position or before, that left a trace here; none if
    /// there is no trace.
    fn last_trace(
        &self,
        store: &Store,
        producer: &str,
        up_to: i64,
    ) -> impl Future<Output = Result<Option<Place>, DbErr>> + Send;

    /// Takes back everything that facts of a producer after a position have left here; after 0,
    /// everything.
    fn forget(
        &self,
        txn: &Txn,
        producer: &str,
        after: i64,
    ) -> impl Future<Output = Result<Retraction, DbErr>> + Send;

    /// Whether a fact is applied again when these subjects were removed; there is at least one.
    /// What applying it again returns to be told is written, after what [`forget`](Self::forget)
    /// returned: so of what is left as it was nothing may be told again.
    fn concerns(&self, fact: &Fact, subjects: &BTreeSet<Uuid>) -> bool;
}

/// What a follower has done so far.
#[derive(Debug, Default)]
pub struct FollowCount {
    /// Facts applied.
    pub applied: AtomicU64,
    /// Of these, facts that came from the producer and not from the stream.
    pub repaired: AtomicU64,
    /// Holes met in the stream.
    pub holes: AtomicU64,
    /// Facts set aside as broken or unknown.
    pub parked: AtomicU64,
    /// Facts set aside until another one comes.
    pub waited: AtomicU64,
    /// Of the facts set aside, those applied since.
    pub resumed: AtomicU64,
    /// Rounds that failed and were tried again.
    pub failed: AtomicU64,
    /// The last position applied.
    pub position: AtomicU64,
}

impl FollowCount {
    pub(crate) fn add(counter: &AtomicU64, n: usize) {
        counter.fetch_add(n as u64, Ordering::Relaxed);
    }
}
