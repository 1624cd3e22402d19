//! Opening hours (开放时间): a weekly pattern with any number of spans a day, read together with the
//! work calendar. Monday to Friday stand for working days; a holiday has hours only if the pattern
//! says so; a Saturday or Sunday made up for a holiday (调休上班) is open when any day from Monday to
//! Friday is, since no notice says which of them it stands for.

use std::{collections::BTreeSet, fmt};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Weekday},
};
use serde::{Deserialize, Serialize};

use crate::{
    calendar::DayKind,
    deadline::{day_of, end_of},
};

/// The most spans of one place: more is no weekly pattern.
const MAX_SPANS: usize = 50;
/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// A time of day in Asia/Shanghai, to the minute; the end of the day is 24:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Clock(u16);

impl Clock {
    /// Reads `09:30`.
    ///
    /// # Errors
    /// Why it is none.
    ///
    /// ```
    /// use domain::organization::Clock;
    /// assert_eq!(Clock::parse("09:30").unwrap().to_string(), "09:30");
    /// assert!(Clock::parse("24:00").is_ok() && Clock::parse("24:01").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let two = |text: &str| match text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse::<u16>().ok(),
            false => None,
        };
        let parts = text.split_once(':').and_then(|(h, m)| Some((two(h)?, two(m)?)));
        let minutes = parts.filter(|(_, m)| *m < 60).map(|(h, m)| h * 60 + m);
        match minutes.filter(|minutes| *minutes <= DAY) {
            Some(minutes) => Ok(Self(minutes)),
            None => Err(format!("\"{text}\" is no time of day (00:00 to 24:00)")),
        }
    }

    fn since_midnight(self) -> SignedDuration {
        SignedDuration::from_mins(self.0.into())
    }
}

impl TryFrom<String> for Clock {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
    }
}

impl From<Clock> for String {
    fn from(clock: Clock) -> Self {
        clock.to_string()
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A day of the pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OpeningDay {
    /// 周一.
    Monday,
    /// 周二.
    Tuesday,
    /// 周三.
    Wednesday,
    /// 周四.
    Thursday,
    /// 周五.
    Friday,
    /// 周六.
    Saturday,
    /// 周日.
    Sunday,
    /// 节假日, whatever day of the week it is.
    Holiday,
}

impl OpeningDay {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
        Self::Holiday,
    ];

    fn of(weekday: Weekday) -> Self {
        match weekday {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }

    fn is_weekend(self) -> bool {
        matches!(self, Self::Saturday | Self::Sunday)
    }

    fn is_of_the_week(self) -> bool {
        !self.is_weekend() && self != Self::Holiday
    }
}

/// A span of time in which a place is open, on some days.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningSpan {
    /// The days.
    pub days: Vec<OpeningDay>,
    /// When it opens.
    pub opens: Clock,
    /// When it closes, later on the same day.
    pub closes: Clock,
}

/// What is wrong with opening hours.
pub(super) fn hours_violation(hours: &[OpeningSpan]) -> Result<(), String> {
    if hours.len() > MAX_SPANS {
        return Err(format!("are more than {MAX_SPANS}"));
    }
    for (n, span) in hours.iter().enumerate() {
        let OpeningSpan { days, opens, closes } = span;
        if opens >= closes {
            return Err(format!("end at {closes}, which is not after {opens}"));
        }
        let once: BTreeSet<&OpeningDay> = days.iter().collect();
        if days.is_empty() || once.len() < days.len() {
            return Err("name no day, or one twice".to_owned());
        }
        let meets = |other: &&OpeningSpan| {
            let shared = other.days.iter().any(|day| days.contains(day));
            shared && other.opens < *closes && *opens < other.closes
        };
        if let Some(other) = hours[..n].iter().find(meets) {
            return Err(format!("overlap on one day: from {} and from {opens}", other.opens));
        }
    }
    Ok(())
}

/// When a place is open on a day, in order; spans that meet are one. `kind` is what the calendar says of the
/// day, if it knows its year.
#[must_use]
pub fn hours_on(hours: &[OpeningSpan], day: Date, kind: Option<&DayKind>) -> Vec<(Clock, Clock)> {
    let own = OpeningDay::of(day.weekday());
    let counts = |of: &OpeningDay| match kind {
        Some(kind) if kind.is_holiday() => *of == OpeningDay::Holiday,
        Some(kind) if kind.working && own.is_weekend() => *of == own || of.is_of_the_week(),
        _ => *of == own,
    };
    let of_day = hours.iter().filter(|span| span.days.iter().any(counts));
    let mut spans: Vec<(Clock, Clock)> = of_day.map(|span| (span.opens, span.closes)).collect();
    spans.sort_unstable();
    let mut joined: Vec<(Clock, Clock)> = Vec::new();
    for (opens, closes) in spans {
        match joined.last_mut().filter(|(_, before)| opens <= *before) {
            Some((_, before)) => *before = closes.max(*before),
            None => joined.push((opens, closes)),
        }
    }
    joined
}

/// Whether a place is open at an instant, or will open within `before`, or closed within `after`. A margin
/// reaches over midnight. `kind` is what the calendar says of a day.
#[must_use]
pub fn is_open(
    hours: &[OpeningSpan],
    at: Timestamp,
    (before, after): (SignedDuration, SignedDuration),
    kind: impl Fn(Date) -> Option<DayKind>,
) -> bool {
    let today = day_of(at);
    let days = [today.yesterday().ok(), Some(today), today.tomorrow().ok()];
    days.into_iter().flatten().any(|day| {
        // A day begins where the one before ends; China's clock has no other step.
        let Some(midnight) = day.yesterday().ok().and_then(end_of) else { return false };
        let since = at.duration_since(midnight);
        let spans = hours_on(hours, day, kind(day).as_ref());
        spans.into_iter().any(|(opens, closes)| {
            since >= opens.since_midnight() - before && since < closes.since_midnight() + after
        })
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn span(days: &[OpeningDay], opens: &str, closes: &str) -> OpeningSpan {
        let clock = |text| Clock::parse(text).unwrap();
        OpeningSpan { days: days.to_vec(), opens: clock(opens), closes: clock(closes) }
    }

    fn kind(working: bool, reason: &str) -> DayKind {
        DayKind { working, reason: reason.to_owned(), document: None, provisional: false }
    }

    /// Two spans from Monday to Thursday, a short Friday, and Saturday's morning.
    fn pattern() -> Vec<OpeningSpan> {
        let days = &OpeningDay::ALL;
        vec![
            span(&days[..4], "15:30", "19:30"),
            span(&days[..5], "10:00", "14:00"),
            span(&[OpeningDay::Saturday], "09:30", "11:00"),
        ]
    }

    fn said(hours: &[OpeningSpan], day: Date, kind: Option<DayKind>) -> Vec<String> {
        let spans = hours_on(hours, day, kind.as_ref()).into_iter();
        spans.map(|(opens, closes)| format!("{opens}-{closes}")).collect()
    }

    #[test]
    fn c06_hours_follow_the_week_and_the_work_calendar() {
        let (thursday, friday, saturday) =
            (date(2026, 10, 8), date(2026, 10, 9), date(2026, 10, 10));
        let working = |reason| Some(kind(true, reason));
        let of = |day, kind| said(&pattern(), day, kind);
        assert_eq!(of(thursday, working("工作日")), ["10:00-14:00", "15:30-19:30"]);
        assert_eq!(of(friday, working("工作日")), ["10:00-14:00"]);
        assert_eq!(of(saturday, Some(kind(false, "周末"))), ["09:30-11:00"]);
        // A Saturday made up for a holiday is as open as any working day, and as itself.
        assert_eq!(of(saturday, working("调休上班")), ["09:30-14:00", "15:30-19:30"]);
        for day in [thursday, saturday] {
            assert!(of(day, Some(kind(false, "国庆节"))).is_empty(), "closed on a holiday");
        }
        // Nothing is known of its year: the week alone counts.
        assert_eq!(of(friday, None), ["10:00-14:00"]);
        let mut always = pattern();
        always.push(span(&[OpeningDay::Holiday], "00:00", "24:00"));
        assert_eq!(said(&always, saturday, Some(kind(false, "国庆节"))), ["00:00-24:00"]);
    }

    #[test]
    fn c06_a_place_is_open_from_its_first_minute_to_its_last_and_a_margin_reaches_over_midnight() {
        let late = [span(&[OpeningDay::Wednesday], "20:00", "24:00")];
        let open = |hours: &[OpeningSpan], at: &str, margin: (i64, i64)| {
            let margin = (SignedDuration::from_mins(margin.0), SignedDuration::from_mins(margin.1));
            is_open(hours, format!("{at}+08:00").parse().unwrap(), margin, |_| None)
        };
        for (at, margin, expected) in [
            ("2026-03-04T19:59:59", (0, 0), false),
            ("2026-03-04T20:00:00", (0, 0), true),
            ("2026-03-04T23:59:59", (0, 0), true),
            ("2026-03-05T00:00:00", (0, 0), false),
            ("2026-03-05T00:29:59", (0, 30), true),
            ("2026-03-05T00:30:00", (0, 30), false),
            ("2026-03-04T19:29:59", (30, 0), false),
            ("2026-03-04T19:30:00", (30, 0), true),
            ("2026-03-05T20:00:00", (30, 30), false),
        ] {
            assert_eq!(open(&late, at, margin), expected, "{at} {margin:?}");
        }
        let early = [span(&[OpeningDay::Thursday], "00:00", "06:00")];
        assert!(open(&early, "2026-03-04T23:45:00", (30, 0)));
        let always = [span(&OpeningDay::ALL, "00:00", "24:00")];
        assert!((0..24).all(|hour| open(&always, &format!("2026-03-04T{hour:02}:30:00"), (0, 0))));
    }

    #[test]
    fn c06_hours_that_mean_nothing_are_refused() {
        use OpeningDay::{Friday, Monday};
        let wrong = |hours: &[OpeningSpan]| hours_violation(hours).unwrap_err();
        assert_eq!(hours_violation(&pattern()), Ok(()));
        let reversed = wrong(&[span(&[Monday], "14:00", "14:00")]);
        assert_eq!(reversed, "end at 14:00, which is not after 14:00");
        for days in [&[][..], &[Monday, Monday]] {
            assert_eq!(wrong(&[span(days, "10:00", "14:00")]), "name no day, or one twice");
        }
        let one = span(&[Monday, Friday], "10:00", "14:00");
        let overlap = wrong(&[one.clone(), span(&[Friday], "13:59", "15:00")]);
        assert_eq!(overlap, "overlap on one day: from 10:00 and from 13:59");
        assert_eq!(hours_violation(&[one.clone(), span(&[Friday], "14:00", "15:00")]), Ok(()));
        let many: Vec<_> = (0..51)
            .map(|n| span(&[Monday], &format!("10:{n:02}"), &format!("10:{:02}", n + 1)))
            .collect();
        assert_eq!(hours_violation(&many[..50]), Ok(()));
        assert_eq!(wrong(&many), "are more than 50");
        for text in ["9:30", "09:60", "24:01", "0930", "", "-1:00", "+9:00"] {
            assert!(Clock::parse(text).is_err(), "{text}");
        }
    }
}
