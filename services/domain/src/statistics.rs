//! The published rates (P03), by the formulas of `requirements.md`: whole numbers in, a numerator
//! and a denominator out, so that anyone can do the division again.

use std::collections::BTreeSet;

use crate::level::Level;

/// How many raters' private ratings enter the figures together at least. No document names a
/// number. There are five levels, so five is the fewest raters who may each have given a different
/// one.
pub const RATERS_TOGETHER: usize = 5;

/// Whether private ratings (选择不公开, I14) that are in no figure yet may enter the figures
/// together. Nobody may find out which of the raters gave which level: neither by comparing figures
/// before and after, nor by subtracting one figure from another, nor, as one of the raters, by
/// subtracting their own. So the ratings must be of at least [`RATERS_TOGETHER`] raters, and for
/// each level two of these did not give it. Each rating is a rater and a level; one rater can have
/// several, for a batch or for several stages of a case.
///
/// It holds for every figure only if all of them enter the same ones, on one day; and when they enter
/// must not tell who came last: see [`look`](crate::disclosure::look).
///
/// ```
/// use domain::{level::Level::{Dissatisfied, Satisfied}, statistics::may_enter};
/// let one = (1, Dissatisfied);
/// assert!(!may_enter(&[one]), "it could be read off the difference");
/// let praise = |rater| (rater, Satisfied);
/// assert!(!may_enter(&[one, praise(2), praise(3), praise(4), praise(5)]), "rater 1 knows the others");
/// assert!(may_enter(&[one, (2, Dissatisfied), praise(3), praise(4), praise(5)]));
/// ```
#[must_use]
pub fn may_enter(waiting: &[(u128, Level)]) -> bool {
    let raters = |of: &dyn Fn(Level) -> bool| {
        let of = waiting.iter().filter(|(_, level)| of(*level));
        of.map(|(rater, _)| rater).collect::<BTreeSet<_>>().len()
    };
    let all = raters(&|_| true);
    let two_gave_another = |one: &Level| raters(&|level| level == *one) + 2 <= all;
    all >= RATERS_TOGETHER && Level::ALL.iter().all(two_gave_another)
}

/// Effective ratings by level, best first: those given by raters, unless stated otherwise.
pub type LevelCounts = [u64; 5];

/// A rate as its parts; there is no rate with a denominator of 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// The numerator.
    pub numerator: u64,
    /// The denominator.
    pub denominator: u64,
}

impl Rate {
    /// The rate in hundredths of a per cent, rounded half up; none without a denominator.
    #[must_use]
    pub fn basis_points(self) -> Option<u64> {
        (self.numerator * 20_000 + self.denominator).checked_div(self.denominator * 2)
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.basis_points() {
            None => write!(f, "– (0/0)"),
            Some(points) => {
                let (whole, rest) = (points / 100, points % 100);
                write!(f, "{whole}.{rest:02} % ({}/{})", self.numerator, self.denominator)
            }
        }
    }
}

/// 满意率: effective ratings that raters gave, of the first three levels over all of them.
///
/// ```
/// use domain::statistics::{Rate, satisfaction};
/// assert_eq!(satisfaction([1, 0, 1, 0, 1]), Rate { numerator: 2, denominator: 3 });
/// ```
#[must_use]
pub fn satisfaction(counts: LevelCounts) -> Rate {
    let [very_satisfied, satisfied, basically, ..] = counts;
    Rate { numerator: very_satisfied + satisfied + basically, denominator: counts.iter().sum() }
}

/// The ratings given by raters and the default ones together, for the second 满意率 that some
/// profiles require: always shown apart from the first.
#[must_use]
pub fn with_defaults(given: LevelCounts, defaults: LevelCounts) -> LevelCounts {
    std::array::from_fn(|level| given[level] + defaults[level])
}

/// 参评率: acts that were offered a rating and got one from their rater, over acts offered one.
#[must_use]
pub fn participation(acts_rated: u64, acts_offered: u64) -> Rate {
    Rate { numerator: acts_rated, denominator: acts_offered }
}

/// 整改率: tickets fed back as rectified or explained over tickets opened.
#[must_use]
pub fn rectification(tickets_fed_back: u64, tickets_opened: u64) -> Rate {
    Rate { numerator: tickets_fed_back, denominator: tickets_opened }
}

/// 回访率: of the tickets that were due for a follow-up (应回访), those whose rater was reached by one,
/// over all of them.
#[must_use]
pub fn follow_up(followed_up: u64, due: u64) -> Rate {
    Rate { numerator: followed_up, denominator: due }
}

/// 实名差评回访整改率: tickets of raters known by name that were both followed up and fed back as
/// rectified or explained, over all of these; 100 % is required (SC四(一), CJ四(一), XC).
#[must_use]
pub fn real_name_handled(handled: u64, opened: u64) -> Rate {
    Rate { numerator: handled, denominator: opened }
}

/// 整改满意率: tickets whose rater was satisfied in the last follow-up, over those followed up.
#[must_use]
pub fn handling_satisfaction(confirmed: u64, followed_up: u64) -> Rate {
    Rate { numerator: confirmed, denominator: followed_up }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i14_private_ratings_enter_the_figures_only_among_others_that_say_something_else() {
        use crate::level::Level::{Dissatisfied, Satisfied, VerySatisfied};
        let of = |levels: &[Level]| (0..).zip(levels.iter().copied()).collect::<Vec<(u128, _)>>();
        let (best, good, bad) = (VerySatisfied, Satisfied, Dissatisfied);
        assert!(!may_enter(&[]));
        assert!(!may_enter(&of(&[best, good, bad, bad])), "four");
        assert!(!may_enter(&of(&[bad; 50])), "of one level");
        assert!(
            !may_enter(&of(&[bad, bad, bad, bad, good])),
            "whoever gave the fifth knows the rest"
        );
        assert!(may_enter(&of(&[bad, bad, bad, good, best])));
        let mut batch = of(&[bad, bad, bad, bad]);
        batch.extend([(3, good), (3, best), (3, good)]);
        assert!(!may_enter(&batch), "a rater is one, however much they rate");
    }

    #[test]
    fn p03_rates_are_exact_parts_and_round_half_up() {
        assert_eq!(satisfaction([1, 2, 4, 8, 16]), Rate { numerator: 7, denominator: 31 });
        assert_eq!(satisfaction([0; 5]), Rate { numerator: 0, denominator: 0 });
        assert_eq!(satisfaction([0, 0, 0, 3, 4]).basis_points(), Some(0));
        let both = with_defaults([0, 1, 0, 1, 0], [2, 0, 0, 0, 0]);
        assert_eq!(satisfaction(both), Rate { numerator: 3, denominator: 4 });
        assert_eq!(participation(2, 3).to_string(), "66.67 % (2/3)");
        assert_eq!(rectification(0, 0).basis_points(), None);
        assert_eq!(rectification(1, 1).to_string(), "100.00 % (1/1)");
        assert_eq!(rectification(1, 20_000).basis_points(), Some(1));
    }
}
