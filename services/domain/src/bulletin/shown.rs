//! How much of a small count is told to others. No document names a number; it is the one by which private
//! ratings enter the figures together.

use crate::statistics::{RATERS_TOGETHER, Rate};

/// From this on a count of a single group is told.
pub const SMALL: u64 = RATERS_TOGETHER as u64;

/// A count, as far as others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// All of it.
    Count(u64),
    /// That it is not zero and below [`SMALL`].
    BelowFive,
    /// Nothing: the total less all others would give another one away.
    Withheld,
}

/// One count whose total nobody is told.
#[must_use]
pub fn shown_single(count: u64) -> Shown {
    if (1..SMALL).contains(&count) { Shown::BelowFive } else { Shown::Count(count) }
}

/// Counts whose total is told: if a single one is small, the smallest other one is withheld, so that
/// subtracting gives no more than the sum of the two.
///
/// ```
/// use domain::bulletin::{Shown::{BelowFive, Count, Withheld}, shown};
/// assert_eq!(shown(&[90, 3, 0, 7]), [Count(90), BelowFive, Count(0), Withheld]);
/// assert_eq!(shown(&[90, 3, 2, 7]), [Count(90), BelowFive, BelowFive, Count(7)]);
/// ```
#[must_use]
pub fn shown(counts: &[u64]) -> Vec<Shown> {
    let mut told: Vec<Shown> = counts.iter().copied().map(shown_single).collect();
    if told.iter().filter(|shown| **shown == Shown::BelowFive).count() == 1 {
        let others = counts.iter().enumerate().filter(|(_, count)| **count >= SMALL);
        if let Some((smallest, _)) = others.min_by_key(|(_, count)| **count) {
            told[smallest] = Shown::Withheld;
        }
    }
    told
}

/// A rate of satisfaction, as far as others are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownRate {
    /// All of it.
    Exact(Rate),
    /// That it is this or greater.
    AtLeast(Rate),
    /// Nothing.
    Hidden,
}

/// A rate says how many were satisfied and how many were not, so it is told only as far as those two
/// counts are.
///
/// ```
/// use domain::{bulletin::{ShownRate, shown_rate}, statistics::Rate};
/// let of = |numerator, denominator| shown_rate(Rate { numerator, denominator });
/// assert_eq!(of(98, 100), ShownRate::AtLeast(Rate { numerator: 96, denominator: 100 }));
/// assert_eq!(of(3, 100), ShownRate::Hidden);
/// ```
#[must_use]
pub fn shown_rate(rate: Rate) -> ShownRate {
    let negative = rate.denominator.saturating_sub(rate.numerator);
    let is_small = |count| shown_single(count) == Shown::BelowFive;
    match rate.denominator {
        all if is_small(all) || is_small(rate.numerator) => ShownRate::Hidden,
        all if is_small(negative) => {
            let numerator = all - (SMALL - 1);
            ShownRate::AtLeast(Rate { numerator, denominator: all })
        }
        _ => ShownRate::Exact(rate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn p06_a_small_count_is_told_as_below_five_and_zero_is_told() {
        let told = [0, 1, 4, 5].map(shown_single);
        use Shown::{BelowFive, Count};
        assert_eq!(told, [Count(0), BelowFive, BelowFive, Count(5)]);
    }

    #[test]
    fn p06_a_rate_gives_no_small_count_away() {
        let of = |numerator, denominator| shown_rate(Rate { numerator, denominator });
        assert_eq!(of(0, 0), ShownRate::Exact(Rate::default()), "nobody rated");
        assert_eq!(of(4, 4), ShownRate::Hidden);
        assert_eq!(of(100, 100), ShownRate::Exact(Rate { numerator: 100, denominator: 100 }));
        assert_eq!(of(90, 100), ShownRate::Exact(Rate { numerator: 90, denominator: 100 }));
        assert_eq!(of(0, 100), ShownRate::Exact(Rate { numerator: 0, denominator: 100 }));
        assert_eq!(of(5, 9), ShownRate::AtLeast(Rate { numerator: 5, denominator: 9 }));
        assert_eq!(of(5, 6), ShownRate::AtLeast(Rate { numerator: 2, denominator: 6 }));
        for negative in 1..SMALL {
            assert_eq!(of(100 - negative, 100), of(99, 100), "all four look the same");
        }
    }

    proptest! {
        #[test]
        fn p06_no_small_count_follows_from_the_total(counts in proptest::collection::vec(0_u64..20, 1..9)) {
            let told = shown(&counts);
            let hidden = told.iter().filter(|shown| !matches!(shown, Shown::Count(_))).count();
            let others = counts.iter().filter(|count| **count >= SMALL).count();
            let small = counts.iter().filter(|count| (1..SMALL).contains(*count)).count();
            // One alone is told only if there is no other to hide it behind.
            prop_assert!(hidden != 1 || others == 0);
            prop_assert!(hidden == small || (small == 1 && hidden == 2));
            for (count, shown) in counts.iter().zip(&told) {
                if let Shown::Count(told) = shown { prop_assert_eq!(count, told); }
            }
        }
    }
}
