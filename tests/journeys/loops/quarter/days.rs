//! The days of the quarter, by the notices of the State Council and of the region: written down here
//! once more, so that the product's own calendar is not checked by itself.

use jiff::civil::{Date, Weekday};

use super::date;

/// The first working day.
const BEGIN: &str = "2025-12-01";
/// Days off that fall on Monday to Friday.
const OFF: [&str; 9] = [
    "2026-01-01",
    "2026-01-02",
    "2026-02-16",
    "2026-02-17",
    "2026-02-18",
    "2026-02-19",
    "2026-02-20",
    "2026-02-23",
    "2026-04-06",
];
/// 肉孜节, in Xinjiang.
const OFF_IN_XINJIANG: &str = "2026-03-20";
/// Saturdays and Sundays that are worked (调休上班).
const WORKED: [&str; 3] = ["2026-01-04", "2026-02-14", "2026-02-28"];
/// Holidays on which people rate: New Year's Day, and the first day of the Spring Festival.
const HOLIDAYS: [&str; 2] = ["2026-01-01", "2026-02-17"];

/// The quarter's days.
pub(super) struct Days {
    /// Its working days, in order.
    pub(super) working: Vec<Date>,
    code: &'static str,
}

impl Days {
    pub(super) fn new(code: &'static str, count: usize) -> Self {
        let mut days = Self { working: Vec::new(), code };
        let all = date(BEGIN).series(jiff::Span::new().days(1));
        days.working = all.filter(|day| days.works(*day)).take(count).collect();
        days
    }

    fn works(&self, day: Date) -> bool {
        let weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        let is = |other: &&str| date(other) == day;
        let xinjiang = self.code.starts_with("65") && date(OFF_IN_XINJIANG) == day;
        let off = xinjiang || OFF.iter().any(is);
        if weekend { WORKED.iter().any(is) } else { !off }
    }

    /// The holidays, on which people rate, right before a working day.
    pub(super) fn holidays_before(&self, day: usize) -> Vec<Date> {
        let Some(before) = day.checked_sub(1).map(|before| self.working[before]) else {
            return Vec::new();
        };
        let holidays = HOLIDAYS.map(date).into_iter();
        holidays.filter(|holiday| before < *holiday && *holiday < self.working[day]).collect()
    }

    /// The day so many working days after another; the day itself, or the next working day, for none.
    pub(super) fn after(&self, day: Date, count: usize) -> Date {
        let from = if count == 0 { day } else { day.tomorrow().unwrap() };
        let all = from.series(jiff::Span::new().days(1));
        let mut all = all.filter(|day| self.works(*day));
        all.nth(count.saturating_sub(1)).unwrap()
    }
}
