//! The two places facts are in: the producer's store, which is the truth, and the Redis stream,
//! which only announces it.

use platform::facts::history::{Link, Place};
use uuid::Uuid;

/// A fact, counted in the order of the commits; 0 stands before the first.
pub type Id = u8;

/// How many facts an answer of the producer or a pipeline of a relay has at most.
pub const BATCH: usize = 2;
/// How many entries of the stream are read at once.
pub const READING: usize = 3;

/// A producer's store. It keeps what it ever told, which no real store can, so that properties can
/// be about facts that were undone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Producer {
    /// What each fact was written on, by id.
    before: Vec<Id>,
    /// The last fact of the history that holds now.
    pub head: Id,
}

impl Producer {
    pub fn new() -> Self {
        Self { before: Vec::new(), head: 0 }
    }

    /// How many facts were ever committed.
    pub fn commits(&self) -> usize {
        self.before.len()
    }

    pub fn commit(&mut self) {
        self.before.push(self.head);
        self.head = self.ids().last().unwrap_or_default();
    }

    /// Every fact that was ever committed.
    pub fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (1..).take(self.commits())
    }

    /// The fact that `id` was written on.
    pub fn before(&self, id: Id) -> Id {
        id.checked_sub(1).map_or(0, |n| self.before[usize::from(n)])
    }

    /// The history that ends with this fact.
    pub fn history_to(&self, mut id: Id) -> Vec<Id> {
        let mut history = Vec::new();
        while id != 0 {
            history.push(id);
            id = self.before(id);
        }
        history.reverse();
        history
    }

    /// The history that holds now.
    pub fn history(&self) -> Vec<Id> {
        self.history_to(self.head)
    }

    pub fn has(&self, id: Id) -> bool {
        id == 0 || self.history().contains(&id)
    }

    /// The facts that are no history's any more.
    pub fn undone(&self) -> impl Iterator<Item = Id> + use<> {
        let history = self.history();
        self.ids().filter(move |id| !history.contains(id))
    }

    pub fn position(&self, mut id: Id) -> usize {
        let mut position = 0;
        while id != 0 {
            id = self.before(id);
            position += 1;
        }
        position
    }

    pub fn place(&self, id: Id) -> Place {
        let position = i64::try_from(self.position(id)).unwrap();
        Place { position, fact_id: Uuid::from_u128(u128::from(id)) }
    }

    /// What this producer answers about a position: the fact there, or its last one.
    pub fn told(&self, position: usize) -> Place {
        let history = self.history();
        let there = history[..position.min(history.len())].last();
        self.place(there.copied().unwrap_or_default())
    }

    /// The next facts after a position.
    pub fn after(&self, position: usize) -> Vec<Id> {
        self.history().into_iter().skip(position).take(BATCH).collect()
    }
}

/// An entry of the stream: a fact and what its relay says it hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Entry {
    pub id: Id,
    pub after: Id,
}

impl Entry {
    pub fn link(self, producer: &Producer) -> Link {
        Link { at: producer.place(self.id), after: Uuid::from_u128(u128::from(self.after)) }
    }
}

/// A Redis stream, which takes only entries greater than any it has had.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    pub entries: Vec<Entry>,
    /// The greatest position it was given; survives the deletion of the entry.
    pub last: usize,
}

impl Stream {
    /// XADD; false if refused.
    pub fn add(&mut self, entry: Entry, producer: &Producer) -> bool {
        let position = producer.position(entry.id);
        let taken = position > self.last;
        if taken {
            self.entries.push(entry);
            self.last = position;
        }
        taken
    }

    /// XREAD.
    pub fn after(&self, position: usize, producer: &Producer) -> Vec<Entry> {
        let later = |entry: &&Entry| producer.position(entry.id) > position;
        self.entries.iter().filter(later).copied().collect()
    }
}
