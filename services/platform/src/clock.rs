//! The only file that reads the clock, and so the only one that makes ids.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::Timestamp;
use uuid::Uuid;

/// Where a service takes the time from. Instants are UTC, in whole microseconds.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that moves only by [`Clock::set`], in microseconds since 1970.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.as_microsecond())))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
            Self::System => instant(Timestamp::now().as_microsecond()),
            Self::Manual(micros) => instant(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock to `at`; the machine's clock cannot be moved.
    pub fn set(&self, at: Timestamp) {
        if let Self::Manual(micros) = self {
            micros.store(at.as_microsecond(), Ordering::SeqCst);
        }
    }

    /// A new id (UUIDv7) of this instant.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        let now = self.now().as_nanosecond();
        let seconds = u64::try_from(now / 1_000_000_000).unwrap_or_default();
        let nanos = u32::try_from(now % 1_000_000_000).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
    }
}

/// The instant of a column: microseconds since 1970, clamped to what a timestamp can hold.
#[must_use]
pub fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
