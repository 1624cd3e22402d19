//! What can happen, and what must hold whatever happens.

use stateright::{Model, Property};

use super::{
    consumer::{Hand, Replica, Row},
    places::{Entry, Id, Producer, Stream},
    relay::Relay,
};

/// The protocol, and what it would be without one of its precautions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// As it is.
    Whole,
    /// A replica applies what goes on from its cursor without ever having asked the producer.
    NobodyIsAsked,
    /// One answer of the producer vouches for all the stream has, even for what was not read yet.
    OneAnswerIsEnough,
    /// A stream that could not be read had nothing.
    AwayIsEmpty,
    /// A reading as long as readings can be had all the stream has.
    FullReadingIsAll,
    /// An answer about those entries read that go on vouches for the others.
    PartOfReadingIsAll,
    /// What an answer vouched for, it vouches for wherever the cursor stands later.
    AnswersHaveNoPlace,
    /// No answer vouches for more than the facts it was asked about.
    EachBatchIsAsked,
    /// Facts go on if their positions do.
    PositionsOnly,
    /// A consumer asks with the position of its cursor, not with the fact's id.
    CursorHasNoId,
    /// A transaction moves the cursor wherever that is.
    CursorIsNotCompared,
    /// A transaction moves the cursor if its position is the expected one.
    CursorComparedByPosition,
    /// A relay does not look whether the store still has the fact it announced last.
    RelayTrustsItself,
    /// A relay does not look whether the stream's greatest entry was deleted.
    RelayLooksAtEntriesOnly,
}

impl Protocol {
    /// Whether an answer of the producer vouches for the stream; `all` if it was asked about all the
    /// stream had.
    pub fn is_convinced(self, all: bool) -> bool {
        match self {
            Self::OneAnswerIsEnough => true,
            Self::EachBatchIsAsked | Self::NobodyIsAsked => false,
            _ => all,
        }
    }
}

/// A protocol, and the bounds within which all is tried. What has no bound here may happen at any
/// time and any number of times: a crash, a FLUSHALL, the deletion of an entry, a reconciliation.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub protocol: Protocol,
    /// How many facts are committed.
    pub facts: usize,
    /// How many times the producer goes back.
    pub returns: usize,
    /// Whether the consumer's own store may go back, as often as it likes.
    pub row_returns: bool,
    pub relays: usize,
    pub replicas: usize,
    /// Whether somebody tells facts again that were told before.
    pub replays: bool,
    /// Whether a replica ought not to apply undone facts that come on the stream only after it
    /// began, either.
    pub strict: bool,
}

/// All there is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    producer: Producer,
    returns: usize,
    stream: Stream,
    relays: Vec<Relay>,
    row: Row,
    replicas: Vec<Replica>,
    /// Whether a replica has applied a fact it ought not to.
    strayed: bool,
}

/// One step of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Commit,
    /// The producer's store has the history again that ends with this fact.
    ProducerReturns(Id),
    /// The consumer's store has the row again that ends with this fact.
    RowReturns(Id),
    /// A relay of the past, or somebody who has kept its entries, tells this fact.
    Replay(Id),
    FlushAll,
    DeleteEntry(usize),
    RelaySteps(usize),
    RelayCrashes(usize),
    ReplicaSteps(usize),
    /// It begins again: it crashed, or was told by a failing connection that a store went back.
    ReplicaBegins(usize),
    ReplicaMissesStream(usize),
    Reconcile,
}

impl Model for Setting {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            producer: Producer::new(),
            returns: 0,
            stream: Stream::default(),
            relays: vec![Relay::default(); self.relays],
            row: Row::default(),
            replicas: vec![Replica::default(); self.replicas],
            strayed: false,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let State { producer, stream, row, .. } = state;
        if producer.commits() < self.facts {
            actions.push(Action::Commit);
        }
        let once = || std::iter::once(0).chain(producer.ids());
        if state.returns < self.returns {
            let others = once().filter(|id| *id != producer.head);
            actions.extend(others.map(Action::ProducerReturns));
        }
        if self.row_returns {
            actions.extend(once().map(Action::RowReturns));
        }
        if self.replays {
            let later = |id: &Id| producer.position(*id) > stream.last;
            actions.extend(producer.ids().filter(later).map(Action::Replay));
        }
        if *stream != Stream::default() {
            actions.push(Action::FlushAll);
        }
        actions.extend((0..stream.entries.len()).map(Action::DeleteEntry));
        for n in 0..self.relays {
            actions.extend([Action::RelaySteps(n), Action::RelayCrashes(n)]);
        }
        for (n, replica) in state.replicas.iter().enumerate() {
            actions.push(Action::ReplicaBegins(n));
            if replica.hand != Hand::Nothing {
                actions.push(Action::ReplicaSteps(n));
            } else if !row.halted {
                actions.extend([Action::ReplicaSteps(n), Action::ReplicaMissesStream(n)]);
            }
        }
        if row.halted {
            actions.push(Action::Reconcile);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        let State { producer, returns, stream, relays, row, replicas, strayed } = &mut state;
        match action {
            Action::Commit => producer.commit(),
            Action::ProducerReturns(id) => {
                producer.head = id;
                *returns += 1;
                replicas.iter_mut().for_each(|replica| replica.barred = 0);
            }
            Action::RowReturns(id) => {
                // Any row of a history that ever was, which is more than the rows it had.
                *row = Row { applied: producer.history_to(id), halted: false };
            }
            Action::Replay(id) => {
                let entry = Entry { id, after: producer.before(id) };
                stream.add(entry, producer);
            }
            Action::FlushAll => *stream = Stream::default(),
            Action::DeleteEntry(n) => drop(stream.entries.remove(n)),
            Action::RelaySteps(n) => relays[n].step(producer, stream, self.protocol),
            Action::RelayCrashes(n) => relays[n] = Relay::default(),
            Action::ReplicaSteps(n) => {
                *strayed |= replicas[n].step(row, producer, stream, self.protocol);
            }
            Action::ReplicaBegins(n) => {
                let told = |id: &Id| stream.entries.iter().any(|entry| entry.id == *id);
                let barred = producer.undone().filter(|id| self.strict || told(id));
                replicas[n] = Replica::barring(barred);
            }
            Action::ReplicaMissesStream(n) => replicas[n].miss_stream(row, self.protocol),
            Action::Reconcile => row.reconcile(producer),
        }
        if !self.strict {
            replicas.iter_mut().for_each(|replica| replica.see(stream));
        }
        // Two relays are alike, and so are two replicas: which is which tells nothing.
        relays.sort();
        replicas.sort();
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_HISTORY, |_, state: &State| {
                let applied = &state.row.applied;
                let before = std::iter::once(0).chain(applied.iter().copied());
                applied.iter().zip(before).all(|(id, before)| state.producer.before(*id) == before)
            }),
            Property::always(NOT_PAST_A_FORK, |_, state: &State| {
                let behind = &state.row.applied[state.row.shared_with(&state.producer)..];
                !behind.iter().any(|id| state.producer.has(*id))
            }),
            Property::always(STOPS_FOR_A_REASON, |_, state: &State| {
                !state.row.halted || state.returns > 0
            }),
            Property::always(AN_ANSWER_SETTLES_IT, |setting, state: &State| {
                let asked = state.row_after_asking(state.row.clone(), setting.protocol);
                let mut reconciled = asked.clone();
                if asked.halted {
                    reconciled.reconcile(&state.producer);
                    reconciled = state.row_after_asking(reconciled, setting.protocol);
                }
                let arrived = |row: &Row| row.applied == state.producer.history();
                (asked.halted || arrived(&asked)) && arrived(&reconciled)
            }),
            Property::always(A_REPLICA_ARRIVES, |setting, state: &State| {
                state.replicas.iter().all(|replica| {
                    let row = state.row_after_following(replica.clone(), setting.protocol);
                    row.is_some_and(|row| row.halted || row.applied == state.producer.history())
                })
            }),
            Property::always(A_RELAY_RESTS, |setting, state: &State| {
                state.relays.iter().all(|relay| state.comes_to_rest(relay, setting.protocol))
            }),
            Property::always(NO_STRAYING, |_, state: &State| !state.strayed),
            Property::sometimes(ALL_APPLIED, |setting, state: &State| {
                let last = state.row.cursor();
                state.returns == setting.returns
                    && state.producer.head == last
                    && usize::from(last) == setting.facts
            }),
            Property::sometimes(SOMEBODY_STOPS, |setting, state: &State| {
                state.row.halted || setting.returns == 0
            }),
        ]
    }
}

/// What is applied is one history: from its first fact, without a gap, each fact once.
pub const ONE_HISTORY: &str = "what is applied is one history";
/// Where what was applied and the producer's history part, nothing of the latter follows.
pub const NOT_PAST_A_FORK: &str = "nobody goes on past another history";
/// Nobody stops because of what the stream, a relay, another replica or its own store did.
pub const STOPS_FOR_A_REASON: &str = "nobody stops before the producer goes back";
/// Whoever asks the producer has its history then, or stops; whoever is reconciled has it.
pub const AN_ANSWER_SETTLES_IT: &str = "asking the producer settles it";
/// A replica that is left alone, whatever is on the stream, ends so of its own accord.
pub const A_REPLICA_ARRIVES: &str = "a replica that is left alone arrives or stops";
/// A relay that is left alone has nothing to do at some time.
pub const A_RELAY_RESTS: &str = "a relay that is left alone comes to rest";
/// No replica applies facts that were undone before it began.
pub const NO_STRAYING: &str = "a replica applies nothing that was undone before it began";
/// There is a run in which the last of all facts is applied, after all the producer went through.
pub const ALL_APPLIED: &str = "the last fact is applied";
/// There is a run in which a producer's return is found out.
pub const SOMEBODY_STOPS: &str = "somebody stops";

/// More steps than a relay or a replica that is left alone can need within any bounds here.
const LONG: usize = 60;

impl State {
    /// The row after the producer was asked until it has no more to tell.
    fn row_after_asking(&self, mut row: Row, protocol: Protocol) -> Row {
        let mut replica = Replica::default();
        loop {
            let asked = row.clone();
            replica.miss_stream(&row, protocol);
            while replica.hand != Hand::Nothing {
                replica.step(&mut row, &self.producer, &self.stream, protocol);
            }
            if row.halted || row == asked {
                return row;
            }
        }
    }

    /// The row after this replica went on with the stream as it is, until nothing changed any more;
    /// `None` if it went on changing.
    fn row_after_following(&self, mut replica: Replica, protocol: Protocol) -> Option<Row> {
        let mut row = self.row.clone();
        let mut last = None;
        for _ in 0..LONG {
            if replica.hand == Hand::Nothing {
                let now = Some((row.clone(), replica.confirmed));
                if row.halted || last == now {
                    return Some(row);
                }
                last = now;
            }
            replica.step(&mut row, &self.producer, &self.stream, protocol);
        }
        None
    }

    fn comes_to_rest(&self, relay: &Relay, protocol: Protocol) -> bool {
        let (mut relay, mut stream) = (relay.clone(), self.stream.clone());
        (0..LONG).any(|_| {
            let rests = relay == Relay::Told(self.producer.head);
            relay.step(&self.producer, &mut stream, protocol);
            rests
        })
    }
}
