//! How long somebody rests before what failed is tried again: an upper platform, a queue, a record.

use jiff::{SignedDuration, Timestamp};
use platform::random::seed;

/// The longest rest after a failure.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_secs(300);

/// Failures one after the other, and when it is tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    pub(crate) failures: u32,
    due: Timestamp,
}

impl Default for Rest {
    fn default() -> Self {
        Self { failures: 0, due: Timestamp::MIN }
    }
}

impl Rest {
    /// Whether it is tried now. A time that is further away than any rest was set by a clock that was ahead.
    pub(crate) fn is_over(self, now: Timestamp) -> bool {
        now >= self.due || self.due > now.saturating_add(LONGEST).unwrap_or(now)
    }

    /// It failed once more.
    pub(crate) fn fail(&mut self, now: Timestamp) {
        self.due = later(now, self.failures, LONGEST);
        self.failures = self.failures.saturating_add(1);
    }
}

/// When to try again after so many failures before this one: after twice as long each time, up to the longest, and
/// by chance up to a half less, so that the installations of a province do not come all at once when it is back.
pub(crate) fn later(now: Timestamp, failures: u32, longest: SignedDuration) -> Timestamp {
    let dice = seed().map_or(0, |[dice, ..]| dice);
    now.saturating_add(after(failures, longest, dice)).unwrap_or(now)
}

fn after(failures: u32, longest: SignedDuration, dice: u8) -> SignedDuration {
    let seconds = 1_i64.checked_shl(failures.min(20)).unwrap_or(i64::MAX);
    let longest = SignedDuration::from_secs(seconds).min(longest);
    longest - longest / 2 * i32::from(dice) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_each_rest_is_longer_up_to_a_limit_and_no_two_are_alike() {
        let seconds = |failures, dice| after(failures, LONGEST, dice).as_secs();
        let rests = [0, 1, 2, 3, 8, 9, u32::MAX].map(|n| seconds(n, 0));
        assert_eq!(rests, [1, 2, 4, 8, 256, 300, 300]);
        assert_eq!([0, 128, 255].map(|dice| seconds(9, dice)), [300, 224, 150]);
    }

    #[test]
    fn p10_a_rest_that_a_clock_set_which_was_an_hour_ahead_is_over() {
        let now: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let mut rest = Rest::default();
        rest.fail(now);
        assert!(!rest.is_over(now));
        assert!(rest.is_over(now - SignedDuration::from_hours(1)));
    }
}
