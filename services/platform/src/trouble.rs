//! What is wrong with a service right now, in words an operator can act on. A trouble met a
//! thousand times is reported once when it begins, once more when it lasts, and once when it is
//! over; in between it is only counted. Readiness shows what a service cannot do.

use std::{
    collections::BTreeMap,
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::watch;

/// How long a trouble may last before it is reported as an error, with what to do.
const BLIP: Duration = Duration::from_secs(15);
/// How often a lasting trouble is reported again.
const AGAIN: Duration = Duration::from_secs(300);
/// How often a trouble that comes and goes is reported: a full disk accepts a small write now and
/// then.
const FLICKER: Duration = Duration::from_secs(60);

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing can be written to the store.
    StoreCannotWrite,
    /// A producer's history differs from the applied one.
    OtherHistory(&'static str),
    /// A producer cannot be asked for its facts, or they cannot be applied.
    Following(&'static str),
    /// A producer's stream cannot be read; the producer is asked instead.
    Stream(&'static str),
    /// The service's own facts are not announced.
    Relay,
    /// Facts of a producer are set aside.
    SetAside(&'static str),
    /// The store of documents is away.
    Documents,
    /// What was computed from facts is of an earlier version.
    Outdated,
    /// Rows were changed or deleted by hand.
    ChangedByHand,
    /// A periodic job cannot do its work.
    Job(&'static str),
}

impl Kind {
    /// Its name, for metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::StoreCannotWrite => "store_cannot_write",
            Self::OtherHistory(_) => "other_history",
            Self::Following(_) => "following",
            Self::Stream(_) => "stream",
            Self::Relay => "relay",
            Self::SetAside(_) => "set_aside",
            Self::Documents => "documents",
            Self::Outdated => "outdated",
            Self::ChangedByHand => "changed_by_hand",
            Self::Job(_) => "job",
        }
    }

    /// Whose facts it is about, or the job that it is about.
    #[must_use]
    pub fn about(self) -> Option<&'static str> {
        match self {
            Self::OtherHistory(about)
            | Self::Following(about)
            | Self::Stream(about)
            | Self::SetAside(about)
            | Self::Job(about) => Some(about),
            Self::StoreCannotWrite
            | Self::Relay
            | Self::Documents
            | Self::Outdated
            | Self::ChangedByHand => None,
        }
    }

    /// What it stops, as long as it lasts.
    #[must_use]
    pub fn holds_up(self) -> String {
        match self {
            Self::StoreCannotWrite => {
                "nothing new is accepted; what was acknowledged is kept".to_owned()
            }
            Self::OtherHistory(producer) => {
                format!("nothing of {producer} is applied until the two are reconciled")
            }
            Self::Following(producer) => {
                format!("facts of {producer} are applied late here; none is lost")
            }
            Self::Stream(_) => "facts arrive up to a second later".to_owned(),
            Self::Relay => "other services read changes up to a second later".to_owned(),
            Self::SetAside(producer) => {
                format!(
                    "those facts of {producer} and what depends on them; all others are applied"
                )
            }
            Self::Documents => "no document is taken or given; all else goes on".to_owned(),
            Self::Outdated => {
                "figures that the earlier version counted otherwise are not given".to_owned()
            }
            Self::ChangedByHand => {
                "figures may count what nobody gave; the public log says what was given".to_owned()
            }
            Self::Job(what) => format!("{what} wait; none of it is lost"),
        }
    }

    /// What an operator does about it.
    #[must_use]
    pub fn to_do(self) -> &'static str {
        match self {
            Self::StoreCannotWrite => {
                "look at the database: free space on its disk, whether it is up and not a standby"
            }
            Self::OtherHistory(_) => {
                "run `pingyi reconcile` for this service: it says what it will undo and apply"
            }
            Self::Following(_) => "look at the producer's process and at this service's database",
            Self::Documents => "look at the store that documents.url names",
            Self::Outdated => "run `pingyi rebuild publication`: all services go on meanwhile",
            Self::ChangedByHand => {
                "run `pingyi verify-log`: it names each; then `pingyi rebuild publication`"
            }
            Self::Job(_) => "look at this service's database",
            Self::Stream(_) | Self::Relay => "look at Redis",
            Self::SetAside(_) => "run `pingyi parked list`: it says which and why",
        }
    }

    /// Whether it stops a service's work, so that even a short one counts.
    fn is_grave(self) -> bool {
        matches!(self, Self::StoreCannotWrite | Self::OtherHistory(_))
    }
}

/// What a service can do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Able {
    /// Whether its store can be written to.
    pub write: bool,
    /// Whether its data from others are in their histories.
    pub know: bool,
}

impl Able {
    /// Nothing is wrong.
    pub const ALL: Self = Self { write: true, know: true };

    fn of(now: &BTreeMap<Kind, Trouble>) -> Self {
        let write = !now.contains_key(&Kind::StoreCannotWrite);
        let know = !now.keys().any(|kind| matches!(kind, Kind::OtherHistory(_)));
        Self { write, know }
    }
}

/// A trouble that has not ended.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// What is wrong.
    pub kind: Kind,
    /// The last report about it.
    pub cause: String,
    /// Since when.
    pub since: Instant,
    /// How often it was met.
    pub times: u64,
}

/// The troubles there are, and when each was last reported.
#[derive(Debug, Default)]
struct State {
    now: BTreeMap<Kind, Trouble>,
    warned: BTreeMap<Kind, Instant>,
    reported: BTreeMap<Kind, Instant>,
}

/// Whether to report a trouble that began then now, and if so records that: a lasting one at
/// intervals, one that comes back after a while.
fn due(reported: &mut BTreeMap<Kind, Instant>, kind: Kind, since: Instant) -> bool {
    let due = reported.get(&kind).is_none_or(|at| {
        let after = if *at < since { FLICKER } else { AGAIN };
        at.elapsed() >= after
    });
    if due {
        reported.insert(kind, Instant::now());
    }
    due
}

/// The troubles of one service in one process.
#[derive(Clone, Debug)]
pub struct Troubles(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    service: &'static str,
    state: Mutex<State>,
    able: watch::Sender<Able>,
}

impl Troubles {
    /// No troubles of a service.
    #[must_use]
    pub fn none(service: &'static str) -> Self {
        let able = watch::Sender::new(Able::ALL);
        Self(Arc::new(Inner { service, state: Mutex::default(), able }))
    }

    /// Something is wrong, or still is.
    pub fn meet(&self, kind: Kind, cause: impl Display) {
        let service = self.0.service;
        let mut state = self.lock();
        let State { now, warned, reported } = &mut *state;
        let cause = cause.to_string();
        let begins = !now.contains_key(&kind);
        let trouble = now.entry(kind).or_insert_with(|| {
            let (cause, since) = (String::new(), Instant::now());
            Trouble { kind, cause, since, times: 0 }
        });
        trouble.times += 1;
        trouble.cause = cause;
        let cause = &trouble.cause;
        if kind.is_grave() || trouble.since.elapsed() >= BLIP {
            if due(reported, kind, trouble.since) {
                let (holds_up, to_do) = (kind.holds_up(), kind.to_do());
                let (times, seconds) = (trouble.times, trouble.since.elapsed().as_secs());
                tracing::error!(
                    service, trouble = ?kind, cause, since_seconds = seconds, times, holds_up,
                    to_do, "trouble lasts"
                );
            }
        } else if begins && due(warned, kind, trouble.since) {
            tracing::warn!(service, trouble = ?kind, cause, "trouble; tried again");
        }
        self.report_ability(&state.now);
    }

    /// It is over, if it was.
    pub fn end(&self, kind: Kind) {
        let mut state = self.lock();
        let Some(trouble) = state.now.remove(&kind) else { return };
        let (service, times) = (self.0.service, trouble.times);
        let lasted = trouble.since.elapsed();
        // A trouble that was never reported needs no report of its end.
        if state.reported.get(&kind).is_some_and(|at| *at >= trouble.since) {
            let seconds = lasted.as_secs();
            tracing::info!(service, trouble = ?kind, lasted_seconds = seconds, times, "trouble over");
        }
        self.report_ability(&state.now);
    }

    /// What is wrong now.
    #[must_use]
    pub fn now(&self) -> Vec<Trouble> {
        self.lock().now.values().cloned().collect()
    }

    /// The service that has them.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.0.service
    }

    /// What the service can do; every receiver sees changes.
    #[must_use]
    pub fn able(&self) -> watch::Receiver<Able> {
        self.0.able.subscribe()
    }

    fn report_ability(&self, now: &BTreeMap<Kind, Trouble>) {
        let able = Able::of(now);
        self.0.able.send_if_modified(|was| std::mem::replace(was, able) != able);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_is_counted_while_it_lasts_and_gone_when_it_is_over() {
        let troubles = Troubles::none("intake");
        for n in 0..1_000 {
            troubles.meet(Kind::Relay, n);
        }
        let now = troubles.now();
        let [relay] = now.as_slice() else { panic!("{now:?}") };
        assert_eq!((relay.times, relay.cause.as_str()), (1_000, "999"));
        assert!(troubles.lock().reported.is_empty(), "a blip is no error yet");
        assert_eq!(*troubles.able().borrow(), Able::ALL, "and keeps nobody from asking");
        troubles.end(Kind::Relay);
        assert!(troubles.now().is_empty());
    }

    #[test]
    fn one_that_comes_and_goes_is_told_once_a_minute() {
        let troubles = Troubles::none("intake");
        let told = || troubles.lock().reported.get(&Kind::StoreCannotWrite).copied();
        troubles.meet(Kind::StoreCannotWrite, "disk full");
        let first = told().unwrap();
        for _ in 0..100 {
            troubles.end(Kind::StoreCannotWrite);
            troubles.meet(Kind::StoreCannotWrite, "disk full");
        }
        assert_eq!(told(), Some(first));
    }

    #[test]
    fn what_a_service_cannot_do_shows_until_it_is_over() {
        let troubles = Troubles::none("ticketing");
        let able = troubles.able();
        troubles.meet(Kind::StoreCannotWrite, "disk full");
        troubles.meet(Kind::OtherHistory("intake"), "7 here, 8 there");
        assert_eq!(*able.borrow(), Able { write: false, know: false });
        troubles.end(Kind::StoreCannotWrite);
        assert_eq!(*able.borrow(), Able { write: true, know: false });
        troubles.end(Kind::OtherHistory("intake"));
        assert_eq!(*able.borrow(), Able::ALL);
    }
}
