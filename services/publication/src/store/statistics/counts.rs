//! Very many whole numbers by what they are of: all that is published, twice, when it is recounted.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// What one count is of: the columns of a figure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// A `pingyi.publication.v1.Dimension`; 100 for the counts of where complaints gather (堵点难点).
    pub dimension: i16,
    /// The dimension's value.
    pub key: String,
    /// Days since 1970-01-01 in Asia/Shanghai.
    pub day: i32,
    /// What is counted.
    pub measure: i16,
    /// A `pingyi.type.v1.Channel`; 0 where the measure has none.
    pub channel: i16,
    /// A `pingyi.type.v1.Level`; 0 where the measure has none.
    pub level: i16,
    /// A `pingyi.type.v1.Origin`; 0 where the measure has none.
    pub origin: i16,
}

/// Whole numbers by what they are of; a missing one is 0. There are few values of dimensions, and of
/// each there are counts of every day: so their text is kept once.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    numbers: BTreeMap<i16, HashMap<Arc<str>, Unit>>,
    units: Vec<(i16, Arc<str>)>,
    counts: HashMap<Cell, i64>,
}

/// The number of a value of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unit(usize);

/// What one count is of, beside the unit: the columns of a figure, in the order of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Of {
    pub(crate) day: i32,
    pub(crate) measure: i16,
    pub(crate) channel: i16,
    pub(crate) level: i16,
    pub(crate) origin: i16,
}

type Cell = (Unit, Of);

impl Counts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many of them are not 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.counts.values().filter(|n| **n != 0).count()
    }

    /// Whether all are 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.values().all(|n| *n == 0)
    }

    /// A value of a dimension, to count by.
    pub(crate) fn unit(&mut self, dimension: i16, key: &str) -> Unit {
        let numbers = self.numbers.entry(dimension).or_default();
        if let Some(unit) = numbers.get(key) {
            return *unit;
        }
        let (unit, key) = (Unit(self.units.len()), Arc::<str>::from(key));
        numbers.insert(key.clone(), unit);
        self.units.push((dimension, key));
        unit
    }

    /// Adds to a count.
    pub(crate) fn add(&mut self, unit: Unit, of: Of, by: i64) {
        *self.counts.entry((unit, of)).or_default() += by;
    }

    /// Adds to a count.
    pub(crate) fn add_to(&mut self, key: &Key, by: i64) {
        let unit = self.unit(key.dimension, &key.key);
        self.add(unit, Of::from(key), by);
    }

    /// All that are not 0, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, i64)> + '_ {
        let counts = self.counts.iter().filter(|(_, n)| **n != 0);
        counts.map(|(cell, n)| (self.key(cell), *n))
    }

    /// All that are not 0, in the order of their keys.
    pub fn in_order(&self) -> impl Iterator<Item = (Key, i64)> + '_ {
        let mut units: Vec<usize> = (0..self.units.len()).collect();
        units.sort_unstable_by(|one, other| self.units[*one].cmp(&self.units[*other]));
        let mut ranks = vec![0; units.len()];
        for (rank, unit) in units.iter().enumerate() {
            ranks[*unit] = rank;
        }
        let counts = self.counts.iter().filter(|(_, n)| **n != 0);
        let mut counts: Vec<(&Cell, i64)> = counts.map(|(cell, n)| (cell, *n)).collect();
        counts.sort_unstable_by_key(|((unit, of), _)| (ranks[unit.0], *of));
        counts.into_iter().map(|(cell, n)| (self.key(cell), n))
    }

    /// Every count that another one has otherwise, in order: what it is of, the number here, and there.
    #[must_use]
    pub fn otherwise(&self, other: &Self) -> Vec<(Key, i64, i64)> {
        let units = |of: &Self, there: &Self| -> Vec<Option<Unit>> {
            let unit = |(dimension, key): &(i16, Arc<str>)| {
                there.numbers.get(dimension)?.get(key).copied()
            };
            of.units.iter().map(unit).collect()
        };
        let at = |of: &Self, units: &[Option<Unit>], (unit, cell): &Cell| {
            let there = units[unit.0].and_then(|unit| of.counts.get(&(unit, *cell)));
            there.copied().unwrap_or_default()
        };
        let (there, here) = (units(self, other), units(other, self));
        let mine = self.counts.iter().filter(|(_, n)| **n != 0);
        let mine = mine.map(|(cell, n)| (self.key(cell), *n, at(other, &there, cell)));
        let theirs = other.counts.iter().filter(|(cell, n)| **n != 0 && at(self, &here, cell) == 0);
        let theirs = theirs.map(|(cell, n)| (other.key(cell), 0, *n));
        let mut found: Vec<_> =
            mine.filter(|(_, here, there)| here != there).chain(theirs).collect();
        found.sort_unstable();
        found
    }

    fn key(&self, (unit, of): &Cell) -> Key {
        let (dimension, key) = &self.units[unit.0];
        let Of { day, measure, channel, level, origin } = *of;
        Key { dimension: *dimension, key: key.to_string(), day, measure, channel, level, origin }
    }
}

impl From<&Key> for Of {
    fn from(key: &Key) -> Self {
        let Key { dimension: _, key: _, day, measure, channel, level, origin } = *key;
        Self { day, measure, channel, level, origin }
    }
}

/// The same numbers of the same.
impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.otherwise(other).is_empty()
    }
}

impl Eq for Counts {}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str, day: i32) -> Key {
        let (key, channel) = (key.to_owned(), 1);
        Key { dimension: 2, key, day, measure: 0, channel, level: 1, origin: 1 }
    }

    fn counts(of: &[(&str, i32, i64)]) -> Counts {
        let mut counts = Counts::new();
        of.iter().for_each(|(of, day, n)| counts.add_to(&key(of, *day), *n));
        counts
    }

    #[test]
    fn p03_counts_are_the_same_whatever_the_order_and_a_zero_is_none() {
        let one = counts(&[("b", 1, 2), ("a", 2, 1), ("a", 1, 3), ("c", 1, 1), ("c", 1, -1)]);
        let other = counts(&[("a", 1, 3), ("b", 1, 1), ("a", 2, 1), ("b", 1, 1)]);
        assert_eq!(one, other);
        assert_eq!((one.len(), other.len(), one.is_empty()), (3, 3, false));
        let in_order: Vec<_> = one.in_order().collect();
        assert_eq!(in_order, [(key("a", 1), 3), (key("a", 2), 1), (key("b", 1), 2)]);
        assert_eq!(one.iter().map(|(_, n)| n).sum::<i64>(), 6);
    }

    #[test]
    fn p03_what_differs_or_is_missing_on_either_side_is_named_in_order() {
        let one = counts(&[("b", 1, 2), ("a", 1, 3), ("only here", 1, 4)]);
        let other = counts(&[("a", 1, 3), ("b", 1, 5), ("a", 2, 1), ("there alone", 7, 6)]);
        let expected =
            [("a", 2, 0, 1), ("b", 1, 2, 5), ("only here", 1, 4, 0), ("there alone", 7, 0, 6)];
        let expected = expected.map(|(of, day, here, there)| (key(of, day), here, there));
        assert_eq!(one.otherwise(&other), expected);
        assert_ne!(one, other);
    }
}
