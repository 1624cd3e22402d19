//! The one file that reads the terminal's clock. It may be wrong: it orders nothing and decides
//! nothing that the services decide by theirs.

use std::time::UNIX_EPOCH;

use jiff::{
    ToSpan as _,
    civil::{Date, date},
};

const HOUR: i64 = 3_600_000_000;

/// Now by the terminal's clock, in microseconds since 1970; 0 for a clock before that.
#[must_use]
pub fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the terminal's clock")]
    let now = std::time::SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Today in Asia/Shanghai, by the terminal's clock.
#[must_use]
pub fn today() -> Date {
    let days = now().saturating_add(8 * HOUR).div_euclid(24 * HOUR);
    date(1970, 1, 1).saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_in_shanghai() {
        let days = today().since(date(1970, 1, 1)).unwrap().get_days();
        let hours = (now() + 8 * HOUR) / HOUR;
        // The hour may have changed in between.
        assert!((hours - 1..=hours).any(|hours| i64::from(days) == hours / 24), "{days}, {hours}");
    }
}
