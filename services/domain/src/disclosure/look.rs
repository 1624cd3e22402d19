//! When private ratings (选择不公开, I14) that wait may enter the figures together.
//!
//! That they wait is no secret: an act whose rater took part shows in participation at once. So
//! whoever asks for the figures again and again sees when each of them comes, when they enter, and
//! what all of them together gave. If they were looked at whenever one comes, the last one would be
//! known by that: five raters who may not enter gave four times one level and once another, and if
//! they enter with a sixth and two gave "dissatisfied", then the sixth did.
//!
//! So they are looked at in whole groups. The first look is at [`RATERS_TOGETHER`] raters at least; if
//! they may not enter, the next one is when as many have come again as were there. Then each of the
//! raters, the ones before and the new ones, may have given one level or another, whatever is known
//! of the looks, of the raters' order and of what all gave together: a look that failed says that
//! all but one at most gave the same level, but not who that one is, and the new ones are as many, so
//! that they may be the same ones the other way round.
//!
//! What is left: a rater who was the one that gave another level in a look that failed can conclude
//! what the others of it gave, once all enter. Nobody else knows that it was them.

use std::collections::BTreeSet;

use crate::{
    level::Level,
    statistics::{RATERS_TOGETHER, may_enter},
};

/// What follows for the ratings of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// They are not looked at yet: too few are new.
    NotYet,
    /// They were looked at, and have to wait.
    Wait,
    /// All of them enter.
    Enter,
}

/// Looks at the ratings that wait, each a rater and a level: those that were looked at before, and the
/// new ones.
///
/// ```
/// use domain::{disclosure::look::{Look, look}, level::Level::{Dissatisfied, Satisfied}};
/// let four = [(1, Satisfied), (2, Satisfied), (3, Satisfied), (4, Satisfied)];
/// assert_eq!(look(&[], &four), Look::NotYet);
/// let five = [four.as_slice(), &[(5, Dissatisfied)]].concat();
/// assert_eq!(look(&[], &five), Look::Wait, "rater 5 would know the others");
/// assert_eq!(look(&five, &[(6, Dissatisfied)]), Look::NotYet, "it would be known that 6 was it");
/// let others = [(6, Dissatisfied), (7, Satisfied), (8, Satisfied), (9, Satisfied), (10, Satisfied)];
/// assert_eq!(look(&five, &others), Look::Enter);
/// ```
#[must_use]
pub fn look(before: &[(u128, Level)], new: &[(u128, Level)]) -> Look {
    let raters = |of: &[(u128, Level)]| of.iter().map(|(rater, _)| *rater).collect::<BTreeSet<_>>();
    let before_them = raters(before);
    let new_ones = raters(new).difference(&before_them).count();
    if new_ones < RATERS_TOGETHER.max(before_them.len()) {
        return Look::NotYet;
    }
    if may_enter(&[before, new].concat()) { Look::Enter } else { Look::Wait }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Rule = fn(&[(u128, Level)], &[(u128, Level)]) -> Look;

    /// When the first of some ratings enter, if each comes alone, in this order, and `look` is asked
    /// each time.
    fn entered(levels: &[Level], look: Rule) -> usize {
        let all: Vec<(u128, Level)> = (0..).zip(levels.iter().copied()).collect();
        let mut looked_at = 0;
        for come in 1..=all.len() {
            match look(&all[..looked_at], &all[looked_at..come]) {
                Look::NotYet => {}
                Look::Wait => looked_at = come,
                Look::Enter => return come,
            }
        }
        0
    }

    /// Everyone's levels in every possible way, so many raters of so many levels.
    fn worlds(raters: u32, levels: usize) -> impl Iterator<Item = Vec<Level>> {
        (0..levels.pow(raters)).map(move |mut world| {
            let one = |_| {
                let level = Level::ALL[world % levels];
                world /= levels;
                level
            };
            (0..raters).map(one).collect()
        })
    }

    /// What somebody sees who asks after each rating: when some entered, and what they gave together.
    /// Compares it with all that could have been, and finds the raters of whom only one level is
    /// possible.
    fn found_out(raters: u32, levels: usize, look: Rule) -> Vec<(usize, Vec<usize>)> {
        let mut possible: BTreeMap<(usize, Vec<usize>), Vec<u32>> = BTreeMap::new();
        for world in worlds(raters, levels) {
            let entered = entered(&world, look);
            let mut together = vec![0; levels];
            for level in &world[..entered] {
                together[Level::ALL.iter().position(|one| one == level).unwrap()] += 1;
            }
            let seen = possible.entry((entered, together)).or_insert_with(|| vec![0; entered]);
            for (seen, level) in seen.iter_mut().zip(&world) {
                *seen |= 1 << Level::ALL.iter().position(|one| one == level).unwrap();
            }
        }
        assert!(possible.keys().any(|(entered, _)| *entered > 0), "some enter");
        let certain = |raters: &Vec<u32>| raters.iter().any(|levels| levels.count_ones() == 1);
        possible.into_iter().filter(|(_, raters)| certain(raters)).map(|(seen, _)| seen).collect()
    }

    #[test]
    fn i14_p05_whoever_asks_after_every_rating_and_thinks_through_all_that_could_be_finds_no_level()
    {
        assert_eq!(found_out(10, 3, look), []);
        assert_eq!(found_out(6, 5, look), []);
        assert_eq!(found_out(15, 2, look), [], "those of a third look wait for twenty");
    }

    #[test]
    fn i14_p05_if_every_new_one_were_looked_at_the_last_one_would_be_found_out() {
        let each = |before: &[(u128, Level)], new: &[(u128, Level)]| {
            let all = [before, new].concat();
            if may_enter(&all) { Look::Enter } else { Look::Wait }
        };
        assert!(found_out(6, 2, each).contains(&(6, vec![4, 2])), "the sixth gave the second");
        // Nor is a look after every fifth enough: of nine and six, the last five gave the same.
        let fifth = |before: &[(u128, Level)], new: &[(u128, Level)]| match new.len() {
            5.. if may_enter(&[before, new].concat()) => Look::Enter,
            5.. => Look::Wait,
            _ => Look::NotYet,
        };
        assert!(found_out(15, 2, fifth).contains(&(15, vec![9, 6])));
    }

    #[test]
    fn i14_a_rater_who_rates_again_is_not_a_new_one() {
        use Level::{Dissatisfied, Satisfied};
        let before: Vec<(u128, Level)> =
            vec![(1, Satisfied), (2, Satisfied), (3, Satisfied), (4, Satisfied), (5, Dissatisfied)];
        let again: Vec<(u128, Level)> = (1..=5).map(|rater| (rater, Dissatisfied)).collect();
        assert_eq!(look(&before, &again), Look::NotYet);
    }
}
