//! Quiet hours: when no message is sent to a rater (I08).

use jiff::{Timestamp, civil::Time};

use crate::deadline::CHINA_TIME;

/// When a message that is ready at `at` can be sent: at once, or at the end of the quiet hours.
/// They run every day from the first time to the second in Asia/Shanghai, over midnight if the
/// second is earlier; two equal times mean no quiet hours.
///
/// ```
/// use domain::quiet::next_allowed;
/// use jiff::civil::time;
/// let night = (time(21, 0, 0, 0), time(8, 0, 0, 0));
/// let ten_in_the_evening = "2026-03-02T14:00:00Z".parse().unwrap();
/// assert_eq!(next_allowed(ten_in_the_evening, night).to_string(), "2026-03-03T00:00:00Z");
/// ```
#[must_use]
pub fn next_allowed(at: Timestamp, quiet: (Time, Time)) -> Timestamp {
    let (from, to) = quiet;
    let here = CHINA_TIME.to_datetime(at);
    let (day, time) = (here.date(), here.time());
    let until = match from <= to {
        true => (from..to).contains(&time).then_some(Ok(day)),
        false if time >= from => Some(day.tomorrow()),
        false => (time < to).then_some(Ok(day)),
    };
    let Some(day) = until else { return at };
    // After the last possible day nothing is sent.
    day.and_then(|day| CHINA_TIME.to_timestamp(day.to_datetime(to))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, civil::time};
    use proptest::prelude::*;

    use super::*;

    /// An instant on 2 March in Shanghai, and when a message is then sent.
    fn goes_out(at: &str, quiet: (Time, Time)) -> String {
        let at = format!("2026-03-02T{at}").parse().unwrap();
        let sent = next_allowed(CHINA_TIME.to_timestamp(at).unwrap(), quiet);
        CHINA_TIME.to_datetime(sent).to_string()
    }

    #[test]
    fn i08_no_message_goes_out_in_a_night_that_spans_midnight() {
        let night = (time(21, 0, 0, 0), time(8, 30, 0, 0));
        assert_eq!(goes_out("20:59:59.999999", night), "2026-03-02T20:59:59.999999");
        assert_eq!(goes_out("21:00:00", night), "2026-03-03T08:30:00");
        assert_eq!(goes_out("23:59:59", night), "2026-03-03T08:30:00");
        assert_eq!(goes_out("00:00:00", night), "2026-03-02T08:30:00");
        assert_eq!(goes_out("08:29:59.999999", night), "2026-03-02T08:30:00");
        assert_eq!(goes_out("08:30:00", night), "2026-03-02T08:30:00");
        assert_eq!(goes_out("12:00:00", night), "2026-03-02T12:00:00");
    }

    #[test]
    fn i08_quiet_hours_may_lie_within_a_day_or_not_be() {
        let noon = (time(12, 0, 0, 0), time(14, 0, 0, 0));
        assert_eq!(goes_out("11:59:59", noon), "2026-03-02T11:59:59");
        assert_eq!(goes_out("12:00:00", noon), "2026-03-02T14:00:00");
        assert_eq!(goes_out("14:00:00", noon), "2026-03-02T14:00:00");
        assert_eq!(goes_out("23:00:00", noon), "2026-03-02T23:00:00");
        let none = (time(8, 0, 0, 0), time(8, 0, 0, 0));
        assert_eq!(goes_out("08:00:00", none), "2026-03-02T08:00:00");
    }

    #[test]
    fn i08_on_the_last_evening_there_is_a_message_stays() {
        let evening = (time(1, 0, 0, 0), time(0, 0, 0, 0));
        let late = Timestamp::MAX.checked_sub(SignedDuration::from_hours(1)).unwrap();
        assert_eq!(next_allowed(late, evening), Timestamp::MAX);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn i08_a_message_waits_less_than_a_day_and_never_twice(
            at in 0_i64..4_000_000_000, from in 0_i8..24, to in 0_i8..24, minute in 0_i8..60,
        ) {
            let at = Timestamp::from_second(at).unwrap();
            let quiet = (time(from, minute, 0, 0), time(to, 0, 0, 0));
            let sent = next_allowed(at, quiet);
            prop_assert!(sent >= at && sent.as_second() - at.as_second() < 24 * 3_600);
            prop_assert_eq!(next_allowed(sent, quiet), sent);
        }
    }
}
