//! The relay: announces the producer's facts on the stream.

use std::mem;

use super::{
    Protocol,
    places::{Entry, Id, Producer, Stream},
};

/// What a relay keeps in memory, which is all it keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relay {
    /// It has to find out where to go on; so after a start, and whenever it was refused.
    #[default]
    Begins,
    /// It has seen that the stream tells another history, and is about to delete it.
    Clears,
    /// It has announced what there is up to this fact.
    Told(Id),
    /// It is in the middle of a pipeline.
    Sends { rest: Vec<Entry>, refused: bool },
}

impl Relay {
    /// The next step; whatever happens between two of them, happens to the relay.
    pub fn step(&mut self, producer: &Producer, stream: &mut Stream, protocol: Protocol) {
        *self = match mem::take(self) {
            Self::Begins => begin(producer, stream, protocol),
            Self::Clears => {
                *stream = Stream::default();
                Self::Told(producer.head)
            }
            Self::Told(last) => read_on(last, producer, protocol),
            Self::Sends { mut rest, refused } => {
                let entry = rest.remove(0);
                // Redis goes on with a pipeline of which it has refused a command.
                let refused = !stream.add(entry, producer) || refused;
                match (rest.is_empty(), refused) {
                    (false, _) => Self::Sends { rest, refused },
                    (true, false) => Self::Told(entry.id),
                    (true, true) => Self::Begins,
                }
            }
        };
    }
}

fn begin(producer: &Producer, stream: &Stream, protocol: Protocol) -> Relay {
    let last = stream.entries.last().map_or(0, |entry| entry.id);
    let position = producer.position(last);
    // A stream whose greatest entry was deleted takes nothing up to there: it says less than it
    // was given, and would refuse its relay for ever.
    let says_all = stream.last == position || protocol == Protocol::RelayLooksAtEntriesOnly;
    if !says_all || !producer.place(last).is_in_history_with(producer.told(position)) {
        Relay::Clears
    } else if last == 0 {
        Relay::Told(producer.head)
    } else {
        Relay::Told(last)
    }
}

/// Reads the facts after `last`, and what the store has there, in one snapshot.
fn read_on(last: Id, producer: &Producer, protocol: Protocol) -> Relay {
    let position = producer.position(last);
    let trusts_itself = protocol == Protocol::RelayTrustsItself;
    if !trusts_itself && !producer.place(last).is_in_history_with(producer.told(position)) {
        return Relay::Begins;
    }
    let mut rest = Vec::new();
    let mut after = last;
    for id in producer.after(position) {
        rest.push(Entry { id, after });
        after = id;
    }
    if rest.is_empty() { Relay::Told(last) } else { Relay::Sends { rest, refused: false } }
}
