//! How long somebody rests before what failed is tried again.

use jiff::{SignedDuration, Timestamp};
use platform::random::seed;

/// The longest rest after a failure.
const LONGEST: SignedDuration = SignedDuration::from_secs(300);

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
    /// Whether it is tried now.
    pub(crate) fn is_over(self, now: Timestamp) -> bool {
        now >= self.due
    }

    /// It failed once more.
    pub(crate) fn fail(&mut self, now: Timestamp) {
        let dice = seed().map_or(0, |[dice, ..]| dice);
        self.due = now.saturating_add(after(self.failures, dice)).unwrap_or(now);
        self.failures = self.failures.saturating_add(1);
    }
}

/// How long it rests after so many failures before this one: twice as long each time, and by chance up to a
/// half less, so that the installations of a province do not come all at once when it is back.
fn after(failures: u32, dice: u8) -> SignedDuration {
    let seconds = 1_i64.checked_shl(failures.min(20)).unwrap_or(i64::MAX);
    let longest = SignedDuration::from_secs(seconds).min(LONGEST);
    longest - longest / 2 * i32::from(dice) / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_each_rest_is_longer_up_to_a_limit_and_no_two_are_alike() {
        let seconds = |failures, dice| after(failures, dice).as_secs();
        let rests = [0, 1, 2, 3, 8, 9, u32::MAX].map(|n| seconds(n, 0));
        assert_eq!(rests, [1, 2, 4, 8, 256, 300, 300]);
        assert_eq!([0, 128, 255].map(|dice| seconds(9, dice)), [300, 224, 150]);
    }
}
