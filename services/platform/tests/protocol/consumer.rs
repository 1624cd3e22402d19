//! The consumer: one row that is only ever changed as a whole, and replicas that change it.

use std::mem;

use platform::facts::history::{Link, Place, confirm, going_on};
use uuid::Uuid;

use super::{
    Protocol,
    places::{Entry, Id, Producer, READING, Stream},
};

/// What a consumer keeps of a producer, changed in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// What was applied, in order. The last of it is the cursor.
    pub applied: Vec<Id>,
    /// Whether it was told another history, and waits for its operator.
    pub halted: bool,
}

impl Row {
    pub fn cursor(&self) -> Id {
        self.applied.last().copied().unwrap_or_default()
    }

    /// Whether a transaction that expects the cursor here goes through.
    fn is_at(&self, from: Id, producer: &Producer, protocol: Protocol) -> bool {
        let there = match protocol {
            Protocol::CursorIsNotCompared => true,
            Protocol::CursorComparedByPosition => {
                producer.position(self.cursor()) == producer.position(from)
            }
            _ => self.cursor() == from,
        };
        there && !self.halted
    }

    /// How much of what was applied the producer's history has.
    pub fn shared_with(&self, producer: &Producer) -> usize {
        let history = producer.history();
        self.applied.iter().zip(&history).take_while(|(ours, theirs)| ours == theirs).count()
    }

    /// What the operator's command does.
    pub fn reconcile(&mut self, producer: &Producer) {
        self.applied.truncate(self.shared_with(producer));
        self.halted = false;
    }
}

/// What a replica has in hand between two of its steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hand {
    #[default]
    Nothing,
    /// What the stream has after a cursor, and whether that is all it has.
    Entries { from: Id, entries: Vec<Entry>, all: bool },
    /// What goes on from a cursor.
    Facts { from: Id, facts: Vec<Id> },
    /// The producer tells another history than the one up to a cursor.
    Other { from: Id },
}

/// A process of the consumer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Replica {
    /// The position behind which all of the stream was found to be the producer's history.
    pub confirmed: Option<usize>,
    pub hand: Hand,
    /// The undone facts this replica ought never to apply, one bit each; kept for the property.
    pub barred: u8,
}

impl Replica {
    /// A replica that has just begun.
    pub fn barring(facts: impl IntoIterator<Item = Id>) -> Self {
        let barred = facts.into_iter().fold(0, |barred, id| barred | 1 << id);
        Self { barred, ..Self::default() }
    }

    pub fn bars(&self, id: Id) -> bool {
        self.barred & 1 << id != 0
    }

    /// Forgets about barred facts that neither the stream nor this replica has any more: a relay
    /// that tells one again is another matter.
    pub fn see(&mut self, stream: &Stream) {
        let held = match &self.hand {
            Hand::Entries { entries, .. } => entries.as_slice(),
            _ => &[],
        };
        let seen = stream.entries.iter().chain(held).fold(0, |seen, entry| seen | 1 << entry.id);
        self.barred &= seen;
    }

    /// Finds the stream away and turns to the producer.
    pub fn miss_stream(&mut self, row: &Row, protocol: Protocol) {
        let all = protocol == Protocol::AwayIsEmpty;
        self.hand = Hand::Entries { from: row.cursor(), entries: Vec::new(), all };
    }

    /// The next step; whatever happens between two of them, happens to the replica. True if it
    /// applied a fact it ought not to.
    pub fn step(
        &mut self,
        row: &mut Row,
        producer: &Producer,
        stream: &Stream,
        protocol: Protocol,
    ) -> bool {
        match mem::take(&mut self.hand) {
            Hand::Nothing => {
                let from = row.cursor();
                let mut entries = stream.after(producer.position(from), producer);
                entries.truncate(READING);
                // A full reading does not tell whether the stream has more.
                let all = entries.len() < READING || protocol == Protocol::FullReadingIsAll;
                self.hand = Hand::Entries { from, entries, all };
            }
            Hand::Entries { from, entries, all } => {
                let facts = continuation(from, &entries, producer, protocol);
                if facts.is_empty() {
                    self.ask(from, all && entries.is_empty(), producer, protocol);
                } else if self.is_confirmed(from, producer, protocol) {
                    return self.apply(row, from, &facts, producer, protocol);
                } else {
                    let goes_on = facts.len() == entries.len();
                    let all = all && (goes_on || protocol == Protocol::PartOfReadingIsAll);
                    self.have_confirmed(from, facts, all, producer, protocol);
                }
            }
            Hand::Facts { from, facts } => {
                return self.apply(row, from, &facts, producer, protocol);
            }
            Hand::Other { from } => row.halted |= row.is_at(from, producer, protocol),
        }
        false
    }

    /// Asks the producer for what comes after a cursor. `all` if the stream had nothing there.
    fn ask(&mut self, from: Id, all: bool, producer: &Producer, protocol: Protocol) {
        let position = producer.position(from);
        let cursor = as_known(producer.place(from), protocol == Protocol::CursorHasNoId);
        self.hand = match confirm(cursor, producer.told(position)) {
            Err(_) => Hand::Other { from },
            Ok(()) => {
                self.convince(from, all, producer, protocol);
                let facts = producer.after(position);
                if facts.is_empty() { Hand::Nothing } else { Hand::Facts { from, facts } }
            }
        };
    }

    /// Asks the producer whether it has the last of these facts. `all` if the stream had no more.
    fn have_confirmed(
        &mut self,
        from: Id,
        facts: Vec<Id>,
        all: bool,
        producer: &Producer,
        protocol: Protocol,
    ) {
        let last = facts.last().copied().unwrap_or_default();
        let told = producer.told(producer.position(last));
        self.hand = if confirm(producer.place(last), told).is_ok() {
            self.convince(from, all, producer, protocol);
            Hand::Facts { from, facts }
        } else {
            Hand::Entries { from, entries: Vec::new(), all: false }
        };
    }

    /// Whether what goes on from a cursor may be applied unasked.
    fn is_confirmed(&self, from: Id, producer: &Producer, protocol: Protocol) -> bool {
        let position = match protocol {
            Protocol::NobodyIsAsked => return true,
            Protocol::AnswersHaveNoPlace => usize::MAX,
            _ => producer.position(from),
        };
        self.confirmed.is_some_and(|confirmed| confirmed <= position)
    }

    fn convince(&mut self, from: Id, all: bool, producer: &Producer, protocol: Protocol) {
        if protocol.is_convinced(all) {
            self.confirmed = Some(producer.position(from));
        }
    }

    fn apply(
        &self,
        row: &mut Row,
        from: Id,
        facts: &[Id],
        producer: &Producer,
        protocol: Protocol,
    ) -> bool {
        let goes_through = row.is_at(from, producer, protocol);
        if goes_through {
            row.applied.extend(facts);
        }
        goes_through && facts.iter().any(|id| self.bars(*id))
    }
}

/// Which of these entries go on from a cursor.
fn continuation(from: Id, entries: &[Entry], producer: &Producer, protocol: Protocol) -> Vec<Id> {
    let nameless = protocol == Protocol::PositionsOnly;
    let links = entries.iter().map(|entry| {
        let link = entry.link(producer);
        Link { at: as_known(link.at, nameless), ..link }
    });
    let going_on = going_on(as_known(producer.place(from), nameless), links);
    entries[..going_on].iter().map(|entry| entry.id).collect()
}

/// A place whose id nobody has kept, if `nameless`: any history goes on from there.
fn as_known(place: Place, nameless: bool) -> Place {
    if nameless { Place { fact_id: Uuid::nil(), ..place } } else { place }
}
