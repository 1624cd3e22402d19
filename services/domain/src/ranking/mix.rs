//! The mix of items: what the items a unit serves let expect.
//!
//! A mean is taken as that of all, and what the unit adds, and what its items add (a model of two effects,
//! fitted by least squares in turns, the units first). So an item is hard if units get less for it than *they*
//! get otherwise, and not because a bad unit serves it: where all serve the same items, or one serves an item
//! alone, nothing is adjusted. An item's effect is held back by [`ITEM_WEIGHT`] ratings that say it is like any
//! other (ridge), for a few ratings say as little of an item as of a unit. The items' effects of all ratings
//! together are 0: what one gains by the adjustment others lose.
//!
//! Which part of a unit's ratings could be compared stands beside its score.

use std::collections::BTreeMap;

use super::{RANKED_FROM, Sum, Unit, Worth};

/// As many ratings of an item weigh as much as knowing nothing of it: as many as give a unit a place.
const ITEM_WEIGHT: f64 = RANKED_FROM as f64;
/// After so many turns what is not told apart yet stays the units'.
const TURNS: usize = 200;
/// Less than this in a turn is no change.
const STILL: f64 = 1e-9;

/// A unit's mean, and what it comes to with the mix of all.
#[derive(Clone, Copy, Debug)]
pub(super) struct Adjusted {
    /// How many ratings.
    pub(super) n: f64,
    pub(super) comparable: u64,
    pub(super) observed: Option<f64>,
    pub(super) expected: f64,
    pub(super) adjusted: f64,
}

/// One unit's ratings of one item.
struct Cell {
    unit: usize,
    item: usize,
    sum: Sum,
    ratings: u64,
}

/// Adjusts the means of units that are in the order of their keys.
pub(super) fn adjust(worth: Worth, units: &[Unit]) -> Vec<Adjusted> {
    let own: Vec<Sum> = units.iter().map(|unit| Sum::of(worth, unit.levels)).collect();
    let mut all = Sum::default();
    for sum in &own {
        all += *sum;
    }
    let mean = all.mean().unwrap_or_default();
    let (mut items, mut cells) = (BTreeMap::<&str, usize>::new(), Vec::new());
    for (at, unit) in units.iter().enumerate() {
        for (item, levels) in &unit.mix {
            let next = items.len();
            let item = *items.entry(item).or_insert(next);
            let (sum, ratings) = (Sum::of(worth, *levels), levels.iter().sum());
            cells.push(Cell { unit: at, item, sum, ratings });
        }
    }
    let mut of_items = vec![Sum::default(); items.len()];
    for cell in &cells {
        of_items[cell.item] += cell.sum;
    }
    let expected = expected(&own, &of_items, &cells, mean);
    let mut comparable = vec![0; units.len()];
    for cell in cells.iter().filter(|cell| of_items[cell.item].n > cell.sum.n) {
        comparable[cell.unit] += cell.ratings;
    }
    let of = |at: usize| {
        let (observed, expected) = (own[at].mean(), mean + expected[at]);
        let adjusted = observed.map_or(mean, |observed| observed - expected + mean);
        let adjusted = adjusted.clamp(0.0, 1.0);
        Adjusted { n: own[at].n, comparable: comparable[at], observed, expected, adjusted }
    };
    (0..units.len()).map(of).collect()
}

/// What its items add to each unit's mean.
fn expected(own: &[Sum], of_items: &[Sum], cells: &[Cell], mean: f64) -> Vec<f64> {
    let mut items = vec![0.0; of_items.len()];
    let mut added = vec![0.0; own.len()];
    for _ in 0..TURNS {
        // What each unit adds, its items apart.
        let units = own.iter().zip(&added);
        let units = units.map(|(sum, added)| sum.mean().map_or(0.0, |own| own - mean - added));
        let units: Vec<f64> = units.collect();
        // What each item adds, its units apart.
        let mut left = vec![0.0; of_items.len()];
        for cell in cells {
            left[cell.item] += cell.sum.worth - cell.sum.n * (mean + units[cell.unit]);
        }
        let mut change: f64 = 0.0;
        for ((item, left), of) in items.iter_mut().zip(left).zip(of_items) {
            let now = left / (of.n + ITEM_WEIGHT);
            change = change.max((now - *item).abs());
            *item = now;
        }
        added.fill(0.0);
        for cell in cells {
            added[cell.unit] += cell.sum.n * items[cell.item];
        }
        for (added, own) in added.iter_mut().zip(own) {
            *added /= own.n.max(1.0);
        }
        if change < STILL {
            break;
        }
    }
    let (mut n, mut sum) = (0.0, 0.0);
    for (added, own) in added.iter().zip(own) {
        n += own.n;
        sum += own.n * added;
    }
    let middle = if n > 0.0 { sum / n } else { 0.0 };
    added.iter().map(|added| added - middle).collect()
}
