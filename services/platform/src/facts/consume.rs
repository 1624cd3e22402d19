//! What a service does with others' facts. They are applied exactly once and many together, in the
//! transaction that moves the cursor: see `follow` for how they come.

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

/// Why a fact is not applied yet. It is set aside, and what does not depend on it goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// It means nothing. It is tried again by a newer version, or when an operator says so.
    #[error("{0}")]
    Broken(String),
    /// This version does not know what it says. A newer one will.
    #[error("unknown to this version: {0}")]
    Unknown(String),
    /// Something else has to be known first; it is tried again every second.
    #[error("waits for {0}")]
    Waits(String),
}

/// What became of some facts.
#[derive(Debug, Default)]
pub struct ApplyOutcome {
    /// What is to be told because of them, each with the position of the fact that led to it.
    pub told: Vec<(u64, Body)>,
    /// Those that were not applied, by their positions; of them nothing was written.
    pub left: Vec<(u64, Obstacle)>,
}

/// What was taken back of facts that are in no history any more.
#[derive(Debug, Default)]
pub struct Retraction {
    /// What is to be told because of that.
    pub told: Vec<Body>,
    /// What those facts were about: what is left of it is folded anew from the facts that are.
    pub subjects: BTreeSet<Uuid>,
    /// The same in words, for who is asked to agree.
    pub words: Vec<String>,
}

/// What a service does with others' facts. Order across producers is not given.
pub trait Consumer: Send + Sync + 'static {
    /// The producers it follows.
    fn producers(&self) -> &'static [&'static str];

    /// Applies facts of one producer in their order, inside the transaction that moves the cursor.
    /// Some may be missing in between: those that were set aside. An error undoes all of them; they
    /// are then applied in smaller parts, until the one that the store refuses is found.
    fn apply(
        &self,
        txn: &Txn,
        facts: &[Fact],
    ) -> impl Future<Output = Result<ApplyOutcome, DbErr>> + Send;

    /// Called after facts of `producer` were committed.
    fn applied(&self, producer: &str) -> impl Future<Output = ()> + Send;

    /// The last fact of a producer, at this position or before, that left a trace here; none if
    /// none did.
    fn last_trace(
        &self,
        store: &Store,
        producer: &str,
        up_to: i64,
    ) -> impl Future<Output = Result<Option<Place>, DbErr>> + Send;

    /// Takes back all that facts of a producer after a position have left here; after 0, all that any
    /// have.
    fn forget(
        &self,
        txn: &Txn,
        producer: &str,
        after: i64,
    ) -> impl Future<Output = Result<Retraction, DbErr>> + Send;

    /// Whether a fact is folded anew when these subjects were forgotten; there is one at least.
    fn concerns(&self, fact: &Fact, subjects: &BTreeSet<Uuid>) -> bool;
}

/// What a follower has done so far.
#[derive(Debug, Default)]
pub struct FollowCount {
    /// Facts applied.
    pub applied: AtomicU64,
    /// Of these, facts the stream did not bring and the producer was asked for.
    pub repaired: AtomicU64,
    /// Holes met in the stream.
    pub holes: AtomicU64,
    /// Facts set aside for what they are: broken or unknown.
    pub parked: AtomicU64,
    /// Facts set aside until something else is known.
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
