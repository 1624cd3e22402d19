//! How much single ratings differ, and how much units do; and what follows for a unit with `n` ratings.
//!
//! The variance of single ratings is that within units, of all units together. The variance between units is
//! what their means differ more than chance lets them (DerSimonian and Laird 1986, the estimator of
//! moments). For shares this is the beta-binomial model with its moments as parameters: the interval is
//! Wilson's (1927) over `n + κ` ratings. For scores that differ less than shares could, the ratings count as
//! correspondingly more.

use super::{Sum, Worth, mix::Adjusted};
use crate::statistics::LevelCounts;

/// How far 95 % of a normal distribution reach, in standard deviations.
const REACH: f64 = 1.96;
/// Units differ by one point in a hundred at least, even where their ratings do not show it: the number of
/// units is small, and without this nobody's interval would have a width.
const LEAST_BETWEEN: f64 = 0.01;
/// As one more rating that tells nothing, so that ratings of one level alone have a variance, too.
const OF_ONE_UNKNOWN: f64 = 0.25;

/// How much values differ.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    /// Ratings that weigh as much as knowing nothing of a unit, κ.
    pull: f64,
    /// The variance of single ratings as a part of the greatest that their mean allows.
    part: f64,
}

impl Spread {
    /// Of units in an order of their own; `counts` are theirs.
    pub(super) fn of(worth: Worth, counts: &[LevelCounts], units: &[Adjusted], mean: f64) -> Self {
        let (mut squares, mut free) = (OF_ONE_UNKNOWN, 1.0);
        for counts in counts {
            let sum = Sum::of(worth, *counts);
            let Some(own) = sum.mean() else { continue };
            let of_levels = worth.0.into_iter().zip(counts);
            squares += of_levels.map(|(x, n)| *n as f64 * (x - own).powi(2)).sum::<f64>();
            free += sum.n - 1.0;
        }
        let within = squares / free;
        let greatest = (mean * (1.0 - mean)).max(within);
        let between = between(units, mean, within).max(LEAST_BETWEEN.powi(2));
        Self { pull: within / between, part: within / greatest }
    }

    /// A mean of `n` ratings drawn toward that of all.
    pub(super) fn shrink(&self, n: f64, own: f64, all: f64) -> f64 {
        ((n * own + self.pull * all) / (n + self.pull)).clamp(0.0, 1.0)
    }

    /// Where the true value of a unit with `n` ratings and this score lies.
    pub(super) fn interval(&self, n: f64, score: f64) -> (f64, f64) {
        wilson((n + self.pull) / self.part, score)
    }
}

/// The variance between units: what their means differ more than `within` explains.
fn between(units: &[Adjusted], mean: f64, within: f64) -> f64 {
    let rated = units.iter().filter(|unit| unit.n > 0.0);
    let (mut count, mut all, mut squared, mut differ) = (0.0, 0.0, 0.0, 0.0);
    for unit in rated {
        count += 1.0;
        all += unit.n;
        squared += unit.n * unit.n;
        differ += unit.n * (unit.adjusted - mean).powi(2);
    }
    let weight = all - squared / f64::max(all, 1.0);
    if weight <= 0.0 { 0.0 } else { (differ - (count - 1.0) * within) / weight }
}

/// Wilson's interval for a share of `n`.
pub(super) fn wilson(n: f64, share: f64) -> (f64, f64) {
    let square = REACH * REACH;
    let middle = share + square / (2.0 * n);
    let half = REACH * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let scale = 1.0 + square / n;
    // At an end the last digit could leave the share outside.
    let (lower, upper) = ((middle - half) / scale, (middle + half) / scale);
    (lower.max(0.0).min(share), upper.min(1.0).max(share))
}
