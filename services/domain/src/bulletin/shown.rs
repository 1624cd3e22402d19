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
    /// Nothing: the total less all others would give a small one away, this or another.
    Withheld,
}

/// One count whose total nobody is told.
#[must_use]
pub fn shown_single(count: u64) -> Shown {
    if (1..SMALL).contains(&count) { Shown::BelowFive } else { Shown::Count(count) }
}

/// Counts whose total is told. Where the total less all others would give a small one away, the small ones are told
/// as nothing, and so are the smallest others: nobody knows which of them are the small ones. That is so of a single
/// one, and of several that are all as small or as large as a small one can be.
///
/// ```
/// use domain::bulletin::{Shown::{BelowFive, Count, Withheld}, shown};
/// assert_eq!(shown(&[90, 3, 0, 7]), [Count(90), Withheld, Count(0), Withheld]);
/// assert_eq!(shown(&[90, 3, 2, 7]), [Count(90), BelowFive, BelowFive, Count(7)]);
/// assert_eq!(shown(&[90, 1, 1, 7]), [Count(90), Withheld, Withheld, Withheld], "both are one");
/// ```
#[must_use]
pub fn shown(counts: &[u64]) -> Vec<Shown> {
    let mut told: Vec<Shown> = counts.iter().copied().map(shown_single).collect();
    let is_small = |count: &u64| (1..SMALL).contains(count);
    let small = counts.iter().filter(|count| is_small(count));
    let (n, sum) = (small.clone().count() as u64, small.sum::<u64>());
    let follows = n == 1 || sum == n || sum == n * (SMALL - 1);
    let Some(least) = counts.iter().filter(|count| **count >= SMALL).min() else { return told };
    if n > 0 && follows {
        for (count, told) in counts.iter().zip(&mut told) {
            if is_small(count) || count == least {
                *told = Shown::Withheld;
            }
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
    use std::collections::BTreeMap;

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

    /// Every choice of so many counts below a limit.
    fn worlds(cells: u32, below: u64) -> impl Iterator<Item = Vec<u64>> {
        (0..below.pow(cells)).map(move |mut world| {
            let one = |_| {
                let count = world % below;
                world /= below;
                count
            };
            (0..cells).map(one).collect()
        })
    }

    /// Somebody who knows the total, what is told, and this rule, thinks through all that could be.
    #[test]
    fn p06_p05_no_small_count_follows_from_the_total_what_is_told_and_the_rule() {
        for (cells, below) in [(2, 14), (3, 14), (4, 9)] {
            let mut could_be: BTreeMap<(u64, String), Vec<Vec<u64>>> = BTreeMap::new();
            for world in worlds(cells, below) {
                let seen = (world.iter().sum(), format!("{:?}", shown(&world)));
                could_be.entry(seen).or_default().push(world);
            }
            for (seen, worlds) in could_be {
                // Where no count is large enough to hide behind, the total says it.
                let hides = worlds.iter().any(|world| world.iter().any(|count| *count >= SMALL));
                for cell in (0..worlds[0].len()).filter(|_| hides) {
                    let first = worlds[0][cell];
                    let is_certain = worlds.iter().all(|world| world[cell] == first);
                    assert!(!is_certain || !(1..SMALL).contains(&first), "{seen:?}: {first}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn p06_what_is_told_is_so(counts in proptest::collection::vec(0_u64..20, 1..9)) {
            for (count, shown) in counts.iter().zip(shown(&counts)) {
                match shown {
                    Shown::Count(told) => prop_assert_eq!(*count, told),
                    Shown::BelowFive => prop_assert!((1..SMALL).contains(count)),
                    Shown::Withheld => prop_assert!(*count > 0),
                }
            }
        }
    }
}
