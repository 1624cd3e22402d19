//! When the figures are looked at by themselves, and what of them is new. Many looks find something
//! by chance sooner or later, so there are few: one a month, at the days that are over. Each day lies
//! in at most [`LOOKS`] windows, so the significance is divided by that number too: in any window the
//! probability that any fair object is proposed, by whatever comparison at whatever look, is at most
//! the significance.

use jiff::{ToSpan as _, civil::Date};

use super::{Window, concentration::WINDOW_DAYS};

/// In how many windows a day lies at most: a month has 28 days at least, and [`WINDOW_DAYS`] are less
/// than four times as many.
pub const LOOKS: u64 = 4;
const _: () = assert!(WINDOW_DAYS < 28 * 4);

/// The look of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// The first day of the month; what is looked at is over then.
    pub month: Date,
}

impl Look {
    /// The look that is due on a day.
    ///
    /// ```
    /// use domain::focus::Look;
    /// let look = Look::due_on("2026-04-17".parse().unwrap());
    /// assert_eq!(look.month.to_string(), "2026-04-01");
    /// assert_eq!(look.window().until.to_string(), "2026-03-31");
    /// assert_eq!(look.window().days(), 90);
    /// ```
    #[must_use]
    pub fn due_on(day: Date) -> Self {
        Self { month: day.first_of_month() }
    }

    /// The days it looks at.
    #[must_use]
    pub fn window(self) -> Window {
        Window::ending_on(self.month.saturating_sub(1.day()))
    }

    /// The last whole months before it, the newest last.
    #[must_use]
    pub fn months(self, n: i32) -> Vec<Window> {
        let month = |back: i32| {
            let from = self.month.saturating_sub(back.months());
            Window { from, until: from.last_of_month() }
        };
        (1..=n).rev().map(month).collect()
    }
}

impl Window {
    /// What of it is later than a day: what was decided upon is no evidence again. None if nothing is
    /// left.
    #[must_use]
    pub fn after(self, weighed: Option<Date>) -> Option<Self> {
        let from = match weighed {
            Some(day) => self.from.max(day.tomorrow().ok()?),
            None => self.from,
        };
        (from <= self.until).then_some(Self { from, ..self })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn t12_no_day_is_in_more_windows_than_the_significance_is_divided_by() {
        let looks: Vec<Look> = (2023..=2028)
            .flat_map(|year| (1..=12).map(move |month| Look { month: date(year, month, 1) }))
            .collect();
        let mut most = 0;
        for n in 0..1_400 {
            let day = date(2024, 1, 1).saturating_add(n.days());
            let holds = |look: &&Look| (look.window().from..=look.window().until).contains(&day);
            most = most.max(looks.iter().filter(holds).count() as u64);
        }
        assert_eq!(most, LOOKS);
    }

    #[test]
    fn t12_what_was_decided_upon_is_no_evidence_again() {
        let window = Look { month: date(2026, 4, 1) }.window();
        assert_eq!(window.after(None), Some(window));
        assert_eq!(window.after(Some(date(2025, 12, 1))), Some(window));
        let rest = window.after(Some(date(2026, 3, 30))).unwrap();
        assert_eq!((rest.from, rest.until, rest.days()), (window.until, window.until, 1));
        assert_eq!(window.after(Some(window.until)), None);
    }

    #[test]
    fn t19_whole_months_before_a_look_are_its_periods() {
        let months = Look { month: date(2026, 3, 1) }.months(3);
        let days: Vec<i32> = months.iter().map(|month| month.days()).collect();
        assert_eq!(days, [31, 31, 28]);
        assert_eq!(months[0].from, date(2025, 12, 1));
    }
}
