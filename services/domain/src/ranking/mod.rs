//! Rankings that are fair (P01–P03, P07): who comes before whom is said only where the ratings show it.
//! No document gives a method, so the choices here are statistics' and not the law's, each with its reason.
//!
//! 1. *What counts*: effective ratings that raters gave, on a screen or on paper. Default and imported
//!    ones never do: nobody rises by silence, not even where a profile lets defaults into the score.
//!    Each rating is worth something from 0 to 1 ([`Worth`]).
//! 2. *Mix of items* (indirect standardisation): from a unit's mean is taken what its items let expect, and
//!    the mean of all is added (`mix.rs`). Who serves the hard items is not behind for it.
//! 3. *Shrinkage* (empirical Bayes): the mean of few ratings says little, so each is drawn toward the
//!    mean of all, `(n · own + κ · all) / (n + κ)`. κ is how many ratings weigh as much as knowing nothing
//!    of the unit: the variance of single ratings over the variance between units (`spread.rs`).
//! 4. *Interval*: in it the unit's true value lies with 95 %, by Wilson's formula over `n + κ` ratings.
//! 5. *Minimum sample*: below [`RANKED_FROM`] ratings there is no place.
//! 6. *Bands*: overlapping is not transitive, so bands are made from the top. A band begins with the best
//!    unit that is in none yet, and takes in all that follow as long as their interval reaches the lower
//!    end of the first one's. All of a band share its places. So every unit of a band cannot be told from
//!    its first one, and what begins a band is surely worse than the first of the band before.
//!
//! Participation belongs beside each place, and decides none.

mod mix;
mod spread;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{
    profile::Scores,
    statistics::{LevelCounts, satisfaction},
};
use spread::Spread;

/// From how many ratings on something has a place. Of 30 ratings that are all good, the share of good ones
/// is known to twelve points in a hundred (Wilson): with fewer a place would mean nothing.
pub const RANKED_FROM: u64 = 30;

/// What a rating of each level is worth, best first, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth([f64; 5]);

impl Worth {
    /// 满意率: the first three levels all, the others nothing.
    #[must_use]
    pub fn satisfaction() -> Self {
        let one = |level: usize| {
            let counts = std::array::from_fn(|n| u64::from(n == level));
            satisfaction(counts).numerator as f64
        };
        Self(std::array::from_fn(one))
    }

    /// 得分: each level what it is worth by a profile, in parts of the best.
    #[must_use]
    pub fn score(scores: Scores) -> Self {
        let all = scores.all();
        Self(all.map(|score| f64::from(score) / f64::from(all[0].max(1))))
    }
}

/// What is ranked: an agency, a hall, a window, a member of staff, …
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its identity; no two have the same.
    pub key: String,
    /// Effective ratings that raters gave.
    pub levels: LevelCounts,
    /// Of these, by item; what is missing is of no known item.
    pub mix: BTreeMap<String, LevelCounts>,
}

/// Some places that are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The first, from 1.
    pub from: usize,
    /// The last.
    pub to: usize,
}

/// A unit among the others. All values are from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its identity.
    pub key: String,
    /// How many ratings.
    pub ratings: u64,
    /// Of these, how many are of items that others were rated for, too.
    pub comparable: u64,
    /// What they are worth on average; none without ratings.
    pub observed: Option<f64>,
    /// What its items let expect.
    pub expected: f64,
    /// Adjusted and shrunk.
    pub score: f64,
    /// The lower end of its interval.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
    /// Its places; none below the minimum sample.
    pub band: Option<Band>,
}

/// A ranking.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// The mean of all ratings, adjusted.
    pub mean: f64,
    /// The ranked ones by their places, then the others by their identities.
    pub rows: Vec<Row>,
    /// How many have a place.
    pub ranked: usize,
}

/// Some ratings together.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    n: f64,
    worth: f64,
}

impl Sum {
    fn of(worth: Worth, counts: LevelCounts) -> Self {
        let mut sum = Self::default();
        for (worth, count) in worth.0.into_iter().zip(counts) {
            sum.n += count as f64;
            sum.worth += worth * count as f64;
        }
        sum
    }

    fn mean(self) -> Option<f64> {
        (self.n > 0.0).then(|| self.worth / self.n)
    }
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.n += other.n;
        self.worth += other.worth;
    }
}

/// Ranks; the order in which units are given does not matter.
///
/// ```
/// use domain::ranking::{Unit, Worth, rank};
/// let unit = |key: &str, good, bad| Unit {
///     key: key.to_owned(), levels: [good, 0, 0, bad, 0], ..Unit::default()
/// };
/// let ranking = rank(Worth::satisfaction(), vec![unit("a", 900, 100), unit("b", 31, 0), unit("c", 3, 0)]);
/// let places: Vec<_> = ranking.rows.iter().map(|row| row.band.map(|band| (band.from, band.to))).collect();
/// assert_eq!(places, [Some((1, 2)), Some((1, 2)), None], "31 good ratings prove nothing against 900");
/// ```
#[must_use]
pub fn rank(worth: Worth, mut units: Vec<Unit>) -> Ranking {
    // Numbers are added in one order: not even the last digit depends on how they came.
    units.sort_by(|one, other| one.key.cmp(&other.key));
    let adjusted = mix::adjust(worth, &units);
    let mut sum = Sum::default();
    for unit in &adjusted {
        sum += Sum { n: unit.n, worth: unit.adjusted * unit.n };
    }
    let mean = sum.mean().unwrap_or_default();
    let counts: Vec<LevelCounts> = units.iter().map(|unit| unit.levels).collect();
    let spread = Spread::of(worth, &counts, &adjusted, mean);
    let mut rows = Vec::with_capacity(units.len());
    for (unit, adjusted) in units.into_iter().zip(adjusted) {
        let score = spread.shrink(adjusted.n, adjusted.adjusted, mean);
        let (lower, upper) = spread.interval(adjusted.n, score);
        let ratings = unit.levels.iter().sum();
        let (key, comparable, band) = (unit.key, adjusted.comparable, None);
        let (observed, expected) = (adjusted.observed, adjusted.expected);
        rows.push(Row { key, ratings, comparable, observed, expected, score, lower, upper, band });
    }
    rows.sort_by(|one, other| {
        let is_few = |row: &Row| row.ratings < RANKED_FROM;
        let better = other.score.total_cmp(&one.score).then(other.upper.total_cmp(&one.upper));
        let better = if is_few(one) { std::cmp::Ordering::Equal } else { better };
        is_few(one).cmp(&is_few(other)).then(better).then_with(|| one.key.cmp(&other.key))
    });
    let ranked = rows.iter().take_while(|row| row.ratings >= RANKED_FROM).count();
    give_places(&mut rows[..ranked]);
    Ranking { mean, rows, ranked }
}

/// Makes the bands of what is sorted already.
fn give_places(mut rows: &mut [Row]) {
    let mut from = 1;
    while let Some(first) = rows.first() {
        let least = first.lower;
        let count = rows.iter().take_while(|row| row.upper >= least).count().max(1);
        let (band, rest) = rows.split_at_mut(count);
        for row in band {
            row.band = Some(Band { from, to: from + count - 1 });
        }
        from += count;
        rows = rest;
    }
}

impl Ranking {
    /// Whether it is among the best: in the first band, and not below the mean of all. The band alone is not
    /// enough: where nobody can be told from anybody, it holds everybody.
    #[must_use]
    pub fn is_among_the_best(&self, row: &Row) -> bool {
        row.band.is_some_and(|band| band.from == 1) && row.score >= self.mean
    }

    /// Whether it is at the bottom (末位): in the last of several bands, and surely below the mean of all.
    /// Somebody is always last; that alone says nothing.
    #[must_use]
    pub fn is_at_the_bottom(&self, row: &Row) -> bool {
        let last = row.band.is_some_and(|band| band.from > 1 && band.to == self.ranked);
        last && row.upper < self.mean
    }
}

/// A value from 0 to 1 in hundredths of a per cent.
///
/// ```
/// assert_eq!(domain::ranking::basis_points(0.987_64), 9_876);
/// ```
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "it is from 0 to 10,000")]
pub fn basis_points(value: f64) -> u32 {
    (value.clamp(0.0, 1.0) * 10_000.0).round() as u32
}

/// How many of the last periods, the newest first, something was at the bottom without a break (连续末位).
///
/// ```
/// assert_eq!(domain::ranking::run([true, true, false, true]), 2);
/// ```
#[must_use]
pub fn run(at_the_bottom: impl IntoIterator<Item = bool>) -> usize {
    at_the_bottom.into_iter().take_while(|bottom| *bottom).count()
}

/// What a mean of all means in a profile's points: the share of the full marks.
#[must_use]
pub fn points(scores: Scores, value: f64) -> f64 {
    value * f64::from(scores.all()[0])
}
