//! Which faults come when, for how long, and to which process: this depends only on the seed.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::dice::Dice;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A process is killed at any point; it comes up again.
    Kill,
    /// A process gets a request to end; it comes up again.
    Stop,
    /// A process is frozen.
    Freeze,
    /// Redis loses everything.
    FlushAll,
    /// Redis loses an entry.
    LoseEntry,
    /// Redis dies, and comes up empty.
    RedisDown,
    /// PostgreSQL crashes, and comes up again.
    PostgresDown,
    /// A process is cut off from its database.
    Cut,
    /// Nothing passes between a process and its servers, and nobody gets an error.
    Dark,
    /// The database's answers to a process are lost.
    LoseAnswers,
    /// Most callers go away in the middle of their calls.
    Haste,
    /// The disk is full.
    FullDisk,
}

/// The target of a fault; each target has one fault at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Process(usize),
    Network(usize),
    Redis,
    Postgres,
    Disk,
    Callers,
}

/// All faults of a deployment on PostgreSQL and Redis.
pub(crate) const OF_TOWN: [Kind; 10] = [
    Kind::Kill,
    Kind::Freeze,
    Kind::FlushAll,
    Kind::LoseEntry,
    Kind::RedisDown,
    Kind::PostgresDown,
    Kind::Cut,
    Kind::Dark,
    Kind::LoseAnswers,
    Kind::Haste,
];
/// All faults of a process with its SQLite.
pub(crate) const OF_HALL: [Kind; 4] = [Kind::Kill, Kind::Stop, Kind::FullDisk, Kind::Haste];

/// How long nothing happens at the beginning and at the end.
const QUIET: u64 = 2_000;

/// A planned fault.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) at: Duration,
    pub(crate) lasts: Duration,
    /// Which replica, if there are several.
    pub(crate) replica: usize,
    /// Which of many, if there are many.
    pub(crate) pick: u64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, lasts) = (self.at.as_secs_f64(), self.lasts.as_secs_f64());
        write!(f, "{at:7.2} s  {:?} of {} for {lasts:.2} s", self.kind, self.replica)
    }
}

impl Kind {
    fn milliseconds(self) -> (u64, u64) {
        match self {
            Self::FlushAll | Self::LoseEntry => (0, 0),
            Self::Kill | Self::Stop => (0, 1_500),
            Self::Freeze => (1_000, 4_000),
            Self::RedisDown | Self::PostgresDown | Self::Cut => (100, 2_500),
            Self::Dark => (3_000, 3_000),
            Self::LoseAnswers => (50, 500),
            Self::Haste => (1_000, 3_000),
            Self::FullDisk => (300, 2_500),
        }
    }

    fn thing(self, replica: usize) -> Thing {
        match self {
            Self::Kill | Self::Stop | Self::Freeze => Thing::Process(replica),
            Self::Cut | Self::Dark | Self::LoseAnswers => Thing::Network(replica),
            Self::FlushAll | Self::LoseEntry | Self::RedisDown => Thing::Redis,
            Self::PostgresDown => Thing::Postgres,
            Self::FullDisk => Thing::Disk,
            Self::Haste => Thing::Callers,
        }
    }
}

/// The faults of a seed, in their order; several can overlap. Kinds are dealt like cards: each
/// comes once before any comes again, so that a short schedule has them all.
pub(crate) fn faults(seed: u64, length: Duration, kinds: &[Kind], replicas: u64) -> Vec<Fault> {
    let mut dice = Dice::of(seed);
    let (mut now, mut faults, mut deck) = (QUIET, Vec::new(), Vec::new());
    let mut busy: BTreeMap<Thing, u64> = BTreeMap::new();
    let end = u64::try_from(length.as_millis()).unwrap().saturating_sub(QUIET);
    loop {
        if deck.is_empty() {
            deck = kinds.to_vec();
            dice.shuffle(&mut deck);
        }
        let (Some(kind), replica) = (deck.pop(), dice.between(0, replicas - 1)) else { continue };
        let replica = usize::try_from(replica).unwrap();
        let (from, to) = kind.milliseconds();
        let (lasts, pick) = (dice.between(from, to), dice.next());
        now += dice.between(300, 2_500);
        if now + lasts > end {
            return faults;
        }
        let thing = kind.thing(replica);
        if busy.get(&thing).is_some_and(|until| *until >= now) {
            deck.insert(0, kind);
            continue;
        }
        busy.insert(thing, now + lasts);
        let (at, lasts) = (Duration::from_millis(now), Duration::from_millis(lasts));
        faults.push(Fault { kind, at, lasts, replica, pick });
    }
}

/// The starts and ends: each fault twice, in the order of time.
pub(crate) fn events(faults: &[Fault]) -> Vec<(Duration, bool, Fault)> {
    let begin = faults.iter().map(|fault| (fault.at, true, *fault));
    let end = faults.iter().map(|fault| (fault.at + fault.lasts, false, *fault));
    let mut events: Vec<_> = begin.chain(end).collect();
    // A fault without length begins before it ends.
    events.sort_by_key(|(at, begins, _)| (*at, !begins));
    events
}

/// How many of each kind.
pub(crate) fn by_kind(faults: &[Fault]) -> BTreeMap<Kind, usize> {
    let mut by_kind = BTreeMap::new();
    for fault in faults {
        *by_kind.entry(fault.kind).or_default() += 1;
    }
    by_kind
}

#[test]
fn a_schedule_is_a_function_of_its_seed_and_has_every_kind() {
    let shown = |seed| {
        let faults = faults(seed, Duration::from_secs(720), &OF_TOWN, 2);
        faults.iter().map(|fault| format!("{fault} {}", fault.pick)).collect::<Vec<_>>()
    };
    assert_eq!(shown(1), shown(1));
    assert_ne!(shown(1), shown(2));
    for seed in 0..50 {
        let faults = faults(seed, Duration::from_secs(720), &OF_TOWN, 2);
        assert!(faults.len() > 300, "{seed}");
        let events = events(&faults);
        assert!(events.is_sorted_by_key(|(at, ..)| *at));
        assert!(events.iter().all(|(at, ..)| *at <= Duration::from_secs(718)));
        let short = self::faults(seed, Duration::from_secs(45), &OF_TOWN, 2);
        assert_eq!(by_kind(&short).len(), OF_TOWN.len(), "{seed}");
    }
}
