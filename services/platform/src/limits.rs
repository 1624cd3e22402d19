//! Limits for unknown callers. Each has a bucket that fills over time: what is in it is accepted at
//! once; beyond that, the refusal states when to try again. It is in memory, for each process
//! alone, and only as long as it matters.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

/// How many are accepted at once: a hall full of people behind one address may ask in the same
/// minute.
const BURST: i64 = 60;
/// How long until one more is accepted, in microseconds: a second, faster than people write or type.
const EVERY: i64 = 1_000_000;
/// How many callers have their own bucket; the others share one, so memory is limited.
const TOLD_APART: usize = 10_000;

/// The buckets: for each that is not full, when it will be, in microseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct Limits(Arc<Mutex<HashMap<[u8; 16], i64>>>);

impl Limits {
    /// Takes one from the bucket of a caller, identified by a hash.
    ///
    /// # Errors
    /// How long to wait, if the bucket is empty.
    pub fn take(&self, whom: [u8; 16], at: Timestamp) -> Result<(), Duration> {
        let now = at.as_microsecond();
        let mut full_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if full_at.len() >= TOLD_APART {
            full_at.retain(|_, full_at| *full_at > now);
        }
        let apart = full_at.len() < TOLD_APART || full_at.contains_key(&whom);
        let bucket = full_at.entry(if apart { whom } else { [0; 16] }).or_insert(now);
        // A time further ahead was written by a clock that was ahead.
        let empty_at = now.saturating_add(BURST * EVERY);
        let next = (*bucket).clamp(now, empty_at).saturating_add(EVERY);
        match u64::try_from(next - empty_at) {
            Ok(over) if over > 0 => Err(Duration::from_micros(over)),
            _ => {
                *bucket = next;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_burst_is_taken_and_then_one_a_second() {
        let limits = Limits::default();
        for _ in 0..BURST {
            limits.take([1; 16], at(0)).unwrap();
        }
        assert_eq!(limits.take([1; 16], at(0)), Err(Duration::from_secs(1)));
        limits.take([2; 16], at(0)).unwrap();
        limits.take([1; 16], at(1)).unwrap();
        assert!(limits.take([1; 16], at(1)).is_err());
        // A clock that is put back does not block anybody for long.
        assert_eq!(limits.take([1; 16], at(-9_000)), Err(Duration::from_secs(1)));
        for _ in 0..BURST {
            limits.take([1; 16], at(1_000)).unwrap();
        }
    }

    #[test]
    fn however_many_come_memory_has_an_end_and_those_who_are_quiet_are_forgotten() {
        let limits = Limits::default();
        let whom = |n: usize| u128::try_from(n).unwrap().to_be_bytes();
        let taken = (1..=2 * TOLD_APART).filter(|n| limits.take(whom(*n), at(0)).is_ok()).count();
        assert_eq!(taken, TOLD_APART + usize::try_from(BURST).unwrap());
        assert_eq!(limits.0.lock().unwrap().len(), TOLD_APART + 1);
        limits.take(whom(3 * TOLD_APART), at(100)).unwrap();
        assert_eq!(limits.0.lock().unwrap().len(), 1);
    }
}
