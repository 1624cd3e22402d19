//! Folds everything again, from the first fact on, into tables beside the serving ones, and lets
//! them change places (`pingyi rebuild publication`). Facts that come meanwhile are folded by both.
//! Until the change every answer comes from the old tables, and then from the new ones, which are at
//! the same facts. Interrupted, it goes on where it was.

use std::time::{Duration, Instant};

use platform::{
    database::{Location, OpenError, Store, beside::Beside},
    facts::refold::{self, RefoldError},
    reference::Reference,
    shell::Shell,
    status::is_lock_refused,
};
use sea_orm::DbErr;
use sea_orm_migration::MigratorTrait;

use crate::{
    facts::{FOLDED, Facts, entered},
    state::NAME,
    store::statistics::fold::{self, FOLD},
};

/// The store beside the serving one.
const BESIDE: &str = "publication_beside";
/// The tables that are folded from facts alone, in the order in which others lock them.
const TABLES: [&str; 9] = [
    "tally",
    "listing",
    "act",
    "rating",
    "exclusion",
    "ticket",
    "ticket_part",
    "complaint",
    "pain",
];
/// How often it is tried to be as far as the serving tables at one moment.
const TRIES: usize = 1_000;
/// How many facts may be left to fold while the serving ones are held.
const LAST: i64 = 2_000;
/// How long those who read meanwhile have before it is tried again.
const PAUSE: Duration = Duration::from_secs(2);

/// Why nothing was rebuilt; what serves goes on as before.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// A store does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A store fails, or a producer's history changed.
    #[error(transparent)]
    Refold(#[from] RefoldError),
    /// A store that facts come from is missing.
    #[error("the store of {0} is missing")]
    NoProducer(&'static str),
    /// The serving tables were always ahead.
    #[error("facts came faster than they could be folded")]
    Behind,
}

impl From<DbErr> for RebuildError {
    fn from(error: DbErr) -> Self {
        Self::Refold(error.into())
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Facts folded so far, of all producers.
    pub folded: i64,
    /// Facts that serve by now.
    pub all: i64,
    /// How long the rest may take, at the speed since this run began.
    pub rest: Option<Duration>,
}

/// What it came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The version of the fold before; none if nothing was folded.
    pub before: Option<i32>,
    /// The version now.
    pub now: i32,
    /// How many facts were folded.
    pub facts: i64,
}

/// Rebuilds the figures of a store from its producers' stores; `tell` hears how far it is. `M` are the
/// migrations of this service.
///
/// # Errors
/// [`RebuildError`].
pub async fn rebuild<M: MigratorTrait>(
    location: &Location,
    serving: &Store,
    producers: &[Store],
    shell: &Shell,
    mut tell: impl FnMut(Progress),
) -> Result<Rebuilt, RebuildError> {
    let producer = |name| {
        let found = producers.iter().find(|store| store.service() == name);
        found.ok_or(RebuildError::NoProducer(name))
    };
    let producers = [producer(FOLDED[0])?, producer(FOLDED[1])?];
    let place = Beside::new(location, BESIDE);
    let beside = open::<M>(&place).await?;
    let rebuilt = fold_and_change(&place, serving, &beside, producers, shell, &mut tell).await;
    beside.close().await;
    // What was begun is of use only for the same history.
    if !matches!(rebuilt, Err(RebuildError::Refold(RefoldError::Store(_)) | RebuildError::Behind)) {
        place.remove().await?;
    }
    rebuilt
}

/// The store beside, as an earlier run of this version left it, else an empty one.
async fn open<M: MigratorTrait>(place: &Beside) -> Result<Store, RebuildError> {
    let beside = place.open::<M>().await?;
    if fold::version(beside.read()).await?.is_none_or(|version| version == FOLD) {
        return Ok(beside);
    }
    beside.close().await;
    place.remove().await?;
    Ok(place.open::<M>().await?)
}

async fn fold_and_change(
    place: &Beside,
    serving: &Store,
    beside: &Store,
    producers: [&Store; 2],
    shell: &Shell,
    tell: &mut impl FnMut(Progress),
) -> Result<Rebuilt, RebuildError> {
    let reference = Reference::load(serving.clone()).await?;
    let consumer = Facts::again(shell.clone(), reference, serving.clone());
    let clock = &shell.clock;
    refold::begin(serving, beside, &FOLDED).await?;
    let began = Instant::now();
    let first = folded(beside).await?;
    for _ in 0..TRIES {
        for producer in producers {
            let until = refold::position(serving, producer.service()).await?.position;
            while refold::step(&consumer, beside, producer, until, clock).await?.is_some() {
                let (done, all) = (folded(beside).await?, folded(serving).await?);
                let rest = rest(began.elapsed(), done - first, all - done);
                tell(Progress { folded: done, all, rest });
            }
        }
        for producer in FOLDED {
            refold::retry(&consumer, beside, producer, clock).await?;
        }
        let last = async |places: [i64; 2]| {
            for (producer, until) in producers.into_iter().zip(places) {
                while refold::step(&consumer, beside, producer, until, clock).await?.is_some() {}
            }
            for producer in FOLDED {
                refold::retry(&consumer, beside, producer, clock).await?;
            }
            Ok(())
        };
        if let Some(rebuilt) = change(place, serving, beside, last).await? {
            return Ok(rebuilt);
        }
    }
    Err(RebuildError::Behind)
}

/// How many facts a store has folded, of all producers.
async fn folded(beside: &Store) -> Result<i64, DbErr> {
    let mut folded = 0;
    for producer in FOLDED {
        folded += refold::position(beside, producer).await?.position;
    }
    Ok(folded)
}

/// How long the rest takes at the speed so far.
fn rest(elapsed: Duration, done: i64, left: i64) -> Option<Duration> {
    let (done, left) = (u32::try_from(done).ok()?, u32::try_from(left).unwrap_or_default());
    elapsed.checked_div(done)?.checked_mul(left)
}

/// Lets the tables change places, if those beside are as far as the serving ones. While facts stream
/// in they never are: the last few are folded by `last` while the serving ones are held.
async fn change(
    place: &Beside,
    serving: &Store,
    beside: &Store,
    last: impl AsyncFn([i64; 2]) -> Result<(), RebuildError>,
) -> Result<Option<Rebuilt>, RebuildError> {
    let txn = serving.begin().await?;
    let changed = async {
        if !refold::hold(&txn, beside, &FOLDED).await? {
            let mut held = [0; 2];
            for (held, producer) in held.iter_mut().zip(FOLDED) {
                *held = refold::place(&txn, producer).await?.position;
            }
            if held.iter().sum::<i64>() - folded(beside).await? > LAST {
                return Ok(None);
            }
            last(held).await?;
            if !refold::hold(&txn, beside, &FOLDED).await? {
                return Ok(None);
            }
        }
        let before = fold::version(&txn).await?;
        let late = entered::late(&txn, beside).await?;
        refold::take_over(&txn, beside, &FOLDED).await?;
        let facts = folded(beside).await?;
        place.change_places(&txn, NAME, &TABLES).await?;
        entered::enter_late(&txn, late).await?;
        fold::done(&txn).await?;
        Ok::<_, RebuildError>(Some(Rebuilt { before, now: FOLD, facts }))
    }
    .await;
    let changed = match changed {
        Ok(Some(rebuilt)) => Ok(txn.commit().await.map(|()| Some(rebuilt))?),
        Ok(None) => Ok(txn.rollback().await.map(|()| None)?),
        Err(error) => {
            // The first error says more than one of undoing.
            let _ = txn.rollback().await;
            match error {
                RebuildError::Refold(RefoldError::Store(error)) if is_lock_refused(&error) => {
                    tokio::time::sleep(PAUSE).await;
                    Ok(None)
                }
                error => Err(error),
            }
        }
    };
    place.let_go(serving).await?;
    changed
}

#[cfg(test)]
pub(crate) mod tests;
