//! Whether poor ratings concentrate on one object (评价较集中, 多次). The documents give no number, so
//! the window, the significance, the smallest sample and the excess below are this system's choice,
//! in one place, each with its reason; the level and what is compared are the profile's.
//!
//! The test is Fisher's exact one, to one side: if the object were like the rest of its region, the
//! poor ratings would fall on it by chance as on any other ratings, and their number would have a
//! hypergeometric distribution. A binomial test would take the rest's share as known; here the rest
//! can be as small as the object, and then such a test finds too much. This one is exact for every
//! sample, so a few ratings cannot pass by chance, and no approximation has to be defended.
//!
//! Many objects are compared at once, and some would pass by chance. So the significance is divided
//! by their number (Bonferroni): in one window the probability that any fair object at all is found
//! is at most the significance, whatever the others are like.

use jiff::{ToSpan as _, civil::Date};

use crate::{profile::KeyTargetTrigger, statistics::Rate};

/// How many days are compared. Bulletins are monthly and quarterly (DQ 三(二)), and a month of one
/// window has too few ratings to tell anything from chance: a quarter.
pub const WINDOW_DAYS: i64 = 90;
/// How probable it may be that any fair object is found in one window. The usual value; somebody
/// looks at each finding before it has consequences.
pub const SIGNIFICANCE: f64 = 0.05;
/// How many ratings an object and the rest must have each, before shares are compared: below, one
/// bad day decides, and the interval of a share is more than 40 points wide.
pub const MIN_RATINGS: u64 = 20;
/// How much of the rest's share the object's must be, in percent. With very many ratings every
/// small difference is significant; what matters for people is one half more.
pub const EXCESS_PERCENT: u64 = 150;
/// How many times are repeated (多次): as Chinese law counts it, three or more.
pub const REPEATED_TIMES: u64 = 3;
/// The normal quantile of an interval that holds in 95 of 100 cases.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// The days that are compared, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
}

impl Window {
    /// The window that ends on a day.
    #[must_use]
    pub fn ending_on(day: Date) -> Self {
        Self { from: day.saturating_sub((WINDOW_DAYS - 1).days()), until: day }
    }

    /// How many days it has.
    #[must_use]
    pub fn days(self) -> i32 {
        (self.until - self.from).get_days() + 1
    }
}

/// How many effective ratings something had, and how many of them were poor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Ratings of the level or below it, or negative ones with a reason.
    pub poor: u64,
    /// All ratings.
    pub ratings: u64,
}

impl Sample {
    /// The poor ones over all.
    #[must_use]
    pub fn share(self) -> Rate {
        Rate { numerator: self.poor, denominator: self.ratings }
    }

    /// Wilson's 95 % interval of the share, as two numbers from 0 to 1.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        if self.ratings == 0 {
            return (0.0, 1.0);
        }
        let (n, share) = (number(self.ratings), number(self.poor) / number(self.ratings));
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
    }

    /// Whether its share is at least so many percent of another's.
    fn exceeds(self, percent: u64, other: Self) -> bool {
        let product = |a: u64, b: u64, c: u64| u128::from(a) * u128::from(b) * u128::from(c);
        product(self.poor, other.ratings, 100) >= product(other.poor, self.ratings, percent)
    }

    fn below(self, other: Self) -> bool {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        product(self.poor, other.ratings) < product(other.poor, self.ratings)
    }
}

/// What the numbers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Poor ratings concentrate here, or are repeated.
    Found,
    /// The object has too few ratings, or too few poor ones.
    TooFew,
    /// The rest of the region has too few ratings to compare with.
    NoBaseline,
    /// Chance explains it.
    WithinChance,
    /// More than chance, but hardly more than the rest, or fewer than three times.
    SmallExcess,
}

/// What was compared, with everything that is needed to do it again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concentration {
    /// Which of the two the profile asks for.
    pub trigger: KeyTargetTrigger,
    /// The days.
    pub window: Window,
    /// The object's ratings.
    pub own: Sample,
    /// The ratings of the region without the object: the baseline.
    pub rest: Sample,
    /// How many comparisons were made at once: the objects, or more if there were several looks.
    pub compared: u64,
    /// How probable so many poor ratings are if the object is like the rest.
    pub p: f64,
    /// What follows.
    pub verdict: Verdict,
}

impl Concentration {
    /// Compares an object with the rest of its region. `Concentrated` (较集中) is about the share and
    /// needs [`MIN_RATINGS`] of both and [`REPEATED_TIMES`] poor ones; `Repeated` (多次) is about one person who fails
    /// [`REPEATED_TIMES`], however few they served. Both must be more than chance.
    #[must_use]
    pub fn of(
        trigger: KeyTargetTrigger,
        window: Window,
        own: Sample,
        rest: Sample,
        compared: u64,
    ) -> Self {
        let p = upper_tail(own, rest);
        let mut told = Self { trigger, window, own, rest, compared, p, verdict: Verdict::Found };
        let (enough, excess) = match trigger {
            KeyTargetTrigger::Concentrated => {
                let many = own.poor >= REPEATED_TIMES && own.exceeds(EXCESS_PERCENT, rest);
                (own.ratings >= MIN_RATINGS, many)
            }
            KeyTargetTrigger::Repeated => (own.poor >= REPEATED_TIMES, true),
        };
        told.verdict = match () {
            () if !enough => Verdict::TooFew,
            () if rest.ratings < MIN_RATINGS => Verdict::NoBaseline,
            () if p > told.threshold() => Verdict::WithinChance,
            () if !excess => Verdict::SmallExcess,
            () => Verdict::Found,
        };
        told
    }

    /// The greatest probability that still counts as more than chance.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        SIGNIFICANCE / number(self.compared.max(1))
    }

    /// All of it in one Chinese sentence; `poor` says which ratings are meant, for example
    /// “不满意”及以下.
    #[must_use]
    pub fn words(&self, poor: &str) -> String {
        let Self { window, own, rest, .. } = self;
        let (low, high) = own.interval();
        let percent = |sample: &Sample| match sample.ratings {
            0 => "–".to_owned(),
            _ => format!("{:.2}%", 100.0 * number(sample.poor) / number(sample.ratings)),
        };
        let verdict = match (self.verdict, self.trigger) {
            (Verdict::Found, KeyTargetTrigger::Concentrated) => "较集中",
            (Verdict::Found, KeyTargetTrigger::Repeated) => "属多次",
            (Verdict::TooFew, KeyTargetTrigger::Concentrated) => "样本不足，不作判断",
            (Verdict::TooFew, KeyTargetTrigger::Repeated) => "未达多次",
            (Verdict::NoBaseline, _) => "无可比基准，不作判断",
            (Verdict::WithinChance, _) => "可由偶然解释",
            (Verdict::SmallExcess, _) => "高于其余部分，但次数不多或相差不大",
        };
        let least = match self.trigger {
            KeyTargetTrigger::Concentrated => format!("不少于{MIN_RATINGS}次评价方作比较"),
            KeyTargetTrigger::Repeated => format!("{REPEATED_TIMES}次以上为多次"),
        };
        format!(
            "{}至{}（{}天）评价{}次，其中{poor}{}次，占{}（95%区间{:.2}%至{:.2}%）；本地区其余部分评价{}次，\
             其中{}次，占{}。与其余部分无异时，出现如此之多的概率为{:.2e}，界限为{:.2e}（{SIGNIFICANCE}÷同期\
             的{}次比较），{least}。结论：{verdict}。",
            window.from,
            window.until,
            window.days(),
            own.ratings,
            own.poor,
            percent(own),
            100.0 * low,
            100.0 * high,
            rest.ratings,
            rest.poor,
            percent(rest),
            self.p,
            self.threshold(),
            self.compared.max(1),
        )
    }
}

/// The result of a follow-up, computed from the figures before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Improvement {
    /// It is no longer found, and its share has fallen.
    Improved,
    /// It is still found, or its share has not fallen.
    NotImproved,
    /// Too few ratings since: the figures say nothing.
    TooFew,
}

/// What the figures since the measures say against the object's ratings before.
#[must_use]
pub fn improvement(before: Sample, after: &Concentration) -> Improvement {
    match after.verdict {
        Verdict::Found => Improvement::NotImproved,
        _ if after.own.ratings < MIN_RATINGS => Improvement::TooFew,
        _ if after.own.below(before) => Improvement::Improved,
        _ => Improvement::NotImproved,
    }
}

/// How probable at least as many poor ratings of the object are, if all poor ratings fall on the
/// object and on the rest by chance. Each probability follows from its neighbour by one exact
/// ratio, from the most probable one to both sides, and their sum is 1: so nothing is lost to
/// logarithms or to great factorials, and the number of terms is that of the standard deviation.
///
/// ```
/// use domain::focus::{Sample, upper_tail};
/// // Fisher's lady tasting tea: three of four cups right.
/// let p = upper_tail(Sample { poor: 3, ratings: 4 }, Sample { poor: 1, ratings: 4 });
/// assert!((p - 17.0 / 70.0).abs() < 1e-15);
/// ```
#[must_use]
pub fn upper_tail(own: Sample, rest: Sample) -> f64 {
    let (n, all) = (own.ratings, own.ratings + rest.ratings);
    let poor = own.poor + rest.poor;
    let (least, most) = ((n + poor).saturating_sub(all), n.min(poor));
    let mode = (u128::from(n) + 1) * (u128::from(poor) + 1) / (u128::from(all) + 2);
    let mode = u64::try_from(mode).unwrap_or(most).clamp(least, most);
    // From a number to the next: below `least` there is none, so no difference is negative.
    tail((least, mode, most), own.poor, |x: u64| {
        number(poor - x) / number(x + 1) * (number(n - x) / number(all + x + 1 - poor - n))
    })
}

/// The probability of `at_least` or more, of whole numbers from the least to the most whose
/// probabilities follow from one another: `ratio(x)` is that of `x + 1` over that of `x`. Begins at
/// the most probable one.
pub(super) fn tail(
    (least, mode, most): (u64, u64, u64),
    at_least: u64,
    ratio: impl Fn(u64) -> f64,
) -> f64 {
    /// What is so much smaller than the sum does not change it.
    const NOTHING: f64 = 1e-25;
    let tail_of = |x: u64, weight: f64| if x >= at_least { weight } else { 0.0 };
    let (mut sum, mut tail) = (1.0, tail_of(mode, 1.0));
    let mut weight = 1.0;
    for x in mode..most {
        weight *= ratio(x);
        sum += weight;
        tail += tail_of(x + 1, weight);
        let counted = x + 1 >= at_least && weight < NOTHING * tail;
        if counted || weight == 0.0 {
            break;
        }
    }
    weight = 1.0;
    for x in (least..mode).rev() {
        weight /= ratio(x);
        sum += weight;
        tail += tail_of(x, weight);
        if weight < NOTHING * sum {
            break;
        }
    }
    (tail / sum).min(1.0)
}

/// A count as a number; counts of ratings are far below the 2^53 from which on one would be lost.
#[expect(clippy::cast_precision_loss, reason = "counts are small")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
