//! The spans of days that reports are about (P06, P11): a month, a quarter, a year.

use std::fmt;

use jiff::{ToSpan as _, civil::Date};

/// A month (`2026-03`), a quarter (`2026-Q1`) or a year (`2026`).
///
/// ```
/// use domain::report_period::ReportPeriod;
/// use jiff::civil::date;
/// let quarter = ReportPeriod::parse("2026-Q1").unwrap();
/// assert_eq!((quarter.first(), quarter.last()), (date(2026, 1, 1), date(2026, 3, 31)));
/// assert_eq!(quarter.before(), ReportPeriod::parse("2025-Q4").unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportPeriod {
    first: Date,
    months: i32,
}

impl ReportPeriod {
    /// Reads it.
    ///
    /// # Errors
    /// States the forms.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORMS: &str = "is no month (2026-03), quarter (2026-Q1) or year (2026)";
        let (year, part) = text.split_once('-').map_or((text, None), |(y, part)| (y, Some(part)));
        let number = |text: &str, digits: usize| {
            let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse::<i16>().map_err(|_| FORMS) } else { Err(FORMS) }
        };
        let year = number(year, 4)?;
        let (month, months) = match part {
            None => (1, 12),
            Some(part) => match part.strip_prefix('Q') {
                Some(quarter) => match number(quarter, 1)? {
                    quarter @ 1..=4 => (quarter * 3 - 2, 3),
                    _ => return Err(FORMS),
                },
                None => (number(part, 2)?, 1),
            },
        };
        let month = i8::try_from(month).map_err(|_| FORMS)?;
        let first = Date::new(year, month, 1).map_err(|_| FORMS)?;
        Ok(Self { first, months })
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Date {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Date {
        self.first.saturating_add(self.months.months()).saturating_sub(1.day())
    }

    /// The one of the same length before it, to compare with.
    #[must_use]
    pub fn before(self) -> Self {
        Self { first: self.first.saturating_sub(self.months.months()), ..self }
    }

    /// The same part of the year before.
    #[must_use]
    pub fn a_year_before(self) -> Self {
        Self { first: self.first.saturating_sub(1.year()), ..self }
    }

    /// How many months it has: 1, 3 or 12.
    #[must_use]
    pub fn months(self) -> i32 {
        self.months
    }

    /// The one of so many months (1, 3 or 12) that a day is in.
    #[must_use]
    pub fn of(months: i32, day: Date) -> Self {
        let into = (i32::from(day.month()) - 1).rem_euclid(months);
        Self { first: day.first_of_month().saturating_sub(into.months()), months }
    }
}

impl fmt::Display for ReportPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.first.year(), self.first.month());
        match self.months {
            1 => write!(f, "{year:04}-{month:02}"),
            3 => write!(f, "{year:04}-Q{}", (month + 2) / 3),
            _ => write!(f, "{year:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn p11_a_report_is_about_a_month_a_quarter_or_a_year_and_compares_with_the_one_before() {
        for (text, first, last, before) in [
            ("2026-02", date(2026, 2, 1), date(2026, 2, 28), "2026-01"),
            ("2026-01", date(2026, 1, 1), date(2026, 1, 31), "2025-12"),
            ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "2026-Q3"),
            ("2024", date(2024, 1, 1), date(2024, 12, 31), "2023"),
        ] {
            let period = ReportPeriod::parse(text).unwrap();
            assert_eq!((period.first(), period.last()), (first, last), "{text}");
            assert_eq!(period.before(), ReportPeriod::parse(before).unwrap(), "{text}");
            assert_eq!(period.to_string(), text);
            assert_eq!(ReportPeriod::of(period.months(), last), period, "{text}");
            assert_eq!(period.a_year_before().last().year(), last.year() - 1, "{text}");
        }
        for wrong in
            ["", "26", "2026-13", "2026-Q5", "2026-Q0", "2026-3", "2026-03-01", "-026", "2026-"]
        {
            assert!(ReportPeriod::parse(wrong).is_err(), "{wrong}");
        }
    }
}
