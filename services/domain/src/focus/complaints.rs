//! Whether complaints (投诉) about an item or an agency have become more frequent (T13). A complaint has
//! no denominator: nobody counts who had no reason to complain. So its rate by time is compared: with
//! the object's own rate before, and with how the rest of the region changed meanwhile, so that a new
//! hotline number that brings more complaints of everybody finds nobody.
//!
//! Complaints that come independently have a Poisson distribution. Given how many came in both times
//! together, the number in the later one is then binomial, with the share of its days (the exact
//! comparison of two Poisson rates; no rate has to be known). Against the rest it is Fisher's exact
//! test of later and earlier ones. Both must be more than chance: the greater of the two probabilities
//! decides, and so no correction for the two is needed.

use super::{
    EXCESS_PERCENT, MIN_RATINGS, REPEATED_TIMES, SIGNIFICANCE, Sample, Verdict, Window,
    concentration::{number, tail},
    upper_tail,
};

/// How many days before the window are compared with it at most: with the window a year and a
/// quarter, so that each season of the year is in it.
pub const BEFORE_DAYS: i32 = 360;

/// How many complaints came in the window, and in the days before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComplaintCount {
    /// In the window.
    pub now: u64,
    /// In the days before.
    pub before: u64,
}

impl ComplaintCount {
    fn all(self) -> Sample {
        Sample { poor: self.now, ratings: self.now + self.before }
    }
}

/// What was compared, with everything that is needed to do it again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Complaints {
    /// The days.
    pub window: Window,
    /// How many days before the window are compared: since complaints are taken in here, at most
    /// [`BEFORE_DAYS`].
    pub days_before: i32,
    /// Those about the object.
    pub own: ComplaintCount,
    /// Those about the rest of the region.
    pub rest: ComplaintCount,
    /// How many comparisons were made at once.
    pub compared: u64,
    /// How probable so many in the window are if the object's rate has not changed.
    pub p_own: f64,
    /// How probable they are if it changed as the rest's did; none if the rest has fewer than
    /// [`MIN_RATINGS`] complaints to compare with.
    pub p_rest: Option<f64>,
    /// What follows.
    pub verdict: Verdict,
}

impl Complaints {
    /// Compares.
    #[must_use]
    pub fn of(
        window: Window,
        days_before: i32,
        own: ComplaintCount,
        rest: ComplaintCount,
        compared: u64,
    ) -> Self {
        let days_before = days_before.clamp(0, BEFORE_DAYS);
        let share = f64::from(window.days()) / f64::from(window.days() + days_before);
        let p_own = binomial_tail(own.now, own.now + own.before, share);
        let comparable = rest.now + rest.before >= MIN_RATINGS;
        let p_rest = comparable.then(|| upper_tail(own.all(), rest.all()));
        let verdict = Verdict::Found;
        let mut told = Self { window, days_before, own, rest, compared, p_own, p_rest, verdict };
        told.verdict = match () {
            () if own.now < REPEATED_TIMES => Verdict::TooFew,
            () if days_before < window.days() => Verdict::NoBaseline,
            () if told.p() > told.threshold() => Verdict::WithinChance,
            () if !told.exceeds() => Verdict::SmallExcess,
            () => Verdict::Found,
        };
        told
    }

    /// The greater of the two probabilities.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.p_rest.map_or(self.p_own, |p| p.max(self.p_own))
    }

    /// The greatest probability that still counts as more than chance.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        SIGNIFICANCE / number(self.compared.max(1))
    }

    /// Whether its rate is half as much again as before.
    fn exceeds(&self) -> bool {
        let days = |days: i32| u128::from(days.unsigned_abs());
        let now = u128::from(self.own.now) * days(self.days_before) * 100;
        now >= u128::from(self.own.before) * days(self.window.days()) * u128::from(EXCESS_PERCENT)
    }

    /// All of it in one Chinese sentence.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { window, days_before, own, rest, .. } = self;
        let against_rest = match self.p_rest {
            Some(p) => format!(
                "本地区其余部分同期{}件、此前{}件，与其变化无异时概率为{p:.2e}",
                rest.now, rest.before
            ),
            None => format!(
                "本地区其余部分投诉共{}件，不足{MIN_RATINGS}件，仅与自身比较",
                rest.now + rest.before
            ),
        };
        let verdict = match self.verdict {
            Verdict::Found => "较集中",
            Verdict::TooFew => "件数不足，不作判断",
            Verdict::NoBaseline => "此前时间不足，无可比基准，不作判断",
            Verdict::WithinChance => "可由偶然解释",
            Verdict::SmallExcess => "高于此前，但相差不大",
        };
        format!(
            "{}至{}（{}天）收到投诉{}件，此前{days_before}天{}件。频率不变时，出现如此之多的概率为{:.2e}；\
             {against_rest}。界限为{:.2e}（{SIGNIFICANCE}÷同期的{}次比较），不少于{REPEATED_TIMES}件方作\
             比较。结论：{verdict}。",
            window.from,
            window.until,
            window.days(),
            own.now,
            own.before,
            self.p_own,
            self.threshold(),
            self.compared.max(1),
        )
    }
}

/// The probability of `at_least` or more of `n`, each with a probability of `share`.
fn binomial_tail(at_least: u64, n: u64, share: f64) -> f64 {
    if share >= 1.0 {
        return 1.0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "from 0 to n")]
    #[expect(clippy::cast_sign_loss, reason = "from 0 to n")]
    let mode = ((number(n) + 1.0) * share) as u64;
    tail((0, mode.min(n), n), at_least, |x| number(n - x) / number(x + 1) * (share / (1.0 - share)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn count(now: u64, before: u64) -> ComplaintCount {
        ComplaintCount { now, before }
    }

    fn of(own: ComplaintCount, rest: ComplaintCount, compared: u64) -> Complaints {
        let window = Window::ending_on(date(2026, 3, 31));
        Complaints::of(window, 360, own, rest, compared)
    }

    #[test]
    fn t13_the_exact_comparison_of_two_rates_is_the_binomial_one() {
        // 1 - 0.8^5 and 0.2^3 and what two throws of a coin give.
        for (at_least, n, share, expected) in [
            (1, 5, 0.2, 1.0 - 0.8_f64.powi(5)),
            (3, 3, 0.2, 0.008),
            (1, 2, 0.5, 0.75),
            (0, 7, 0.3, 1.0),
            (2, 1, 0.5, 0.0),
        ] {
            let p = binomial_tail(at_least, n, share);
            assert!((p - expected).abs() < 1e-12, "{at_least} of {n}: {p}");
        }
    }

    #[test]
    fn t13_more_complaints_than_before_and_than_elsewhere_are_found_and_explained() {
        let found = of(count(12, 8), count(20, 80), 40);
        assert_eq!(found.verdict, Verdict::Found);
        let words = found.words();
        for part in [
            "2026-01-01至2026-03-31（90天）收到投诉12件，此前360天8件",
            "其余部分同期20件、此前80件",
            "界限为1.25e-3（0.05÷同期的40次比较）",
            "结论：较集中。",
        ] {
            assert!(words.contains(part), "{part} not in {words}");
        }
        // As often as before, as often as elsewhere: chance.
        assert_eq!(of(count(4, 16), count(20, 80), 1).verdict, Verdict::WithinChance);
        // What passes alone does not pass among many.
        assert_eq!(of(count(7, 8), count(20, 80), 1).verdict, Verdict::Found);
        assert_eq!(of(count(7, 8), count(20, 80), 1_000).verdict, Verdict::WithinChance);
        assert_eq!(of(count(2, 0), count(20, 80), 1).verdict, Verdict::TooFew);
    }

    #[test]
    fn t13_what_rises_everywhere_finds_nobody() {
        let everywhere = of(count(12, 8), count(120, 80), 1);
        assert!(everywhere.p_own < everywhere.threshold());
        assert_eq!(everywhere.verdict, Verdict::WithinChance);
        // With too few elsewhere its own history is all there is.
        let alone = of(count(12, 8), count(12, 7), 1);
        assert_eq!((alone.p_rest, alone.verdict), (None, Verdict::Found));
        assert!(alone.words().contains("仅与自身比较"));
    }

    #[test]
    fn t13_a_system_that_has_just_begun_to_count_finds_nothing() {
        let window = Window::ending_on(date(2026, 3, 31));
        let young = Complaints::of(window, 89, count(30, 0), count(0, 0), 1);
        assert_eq!(young.verdict, Verdict::NoBaseline);
        assert_eq!(
            Complaints::of(window, 90, count(30, 0), count(0, 0), 1).verdict,
            Verdict::Found
        );
        // A tenth more of very many is significant and matters to nobody.
        let slight = of(count(11_000, 40_000), count(100_000, 400_000), 1);
        assert!(slight.p() < slight.threshold());
        assert_eq!(slight.verdict, Verdict::SmallExcess);
    }
}
