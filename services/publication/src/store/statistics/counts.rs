//! Very many whole numbers by what they are of: all that is published, twice, when it is recounted.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::packed::{Cell, Cells};

/// What one count is of.
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
    /// A `pingyi.type.v1.Origin`; 0 where the measure has none.
    pub origin: i16,
    /// A `pingyi.type.v1.Level`; 0 where the measure has none.
    pub level: i16,
    /// A `pingyi.type.v1.Channel`; 0 where the measure has none.
    pub channel: i16,
}

/// Whole numbers by what they are of; a missing one is 0. There are few values of dimensions, and of
/// each there are counts of every day: so their text is kept once. Each day's counts lie together: who
/// counts day after day works on little memory, however long the history.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    numbers: BTreeMap<i16, HashMap<Arc<str>, Unit>>,
    units: Vec<(i16, Arc<str>)>,
    days: BTreeMap<i32, HashMap<Unit, Cells>>,
}

/// The number of a value of a dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Unit(u32);

/// What one count is of, beside the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Of {
    pub(crate) day: i32,
    pub(crate) cell: Cell,
}

/// A row of the figures: the number and the value of a dimension, and a day.
pub(crate) type Row<'a> = (i16, &'a str, i32);

impl Counts {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many of them are not 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells().count()
    }

    /// Whether all are 0.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells().next().is_none()
    }

    /// A value of a dimension, to count by.
    pub(crate) fn unit(&mut self, dimension: i16, key: &str) -> Unit {
        let numbers = self.numbers.entry(dimension).or_default();
        if let Some(unit) = numbers.get(key) {
            return *unit;
        }
        let number = u32::try_from(self.units.len()).unwrap_or(u32::MAX);
        let (unit, key) = (Unit(number), Arc::<str>::from(key));
        numbers.insert(key.clone(), unit);
        self.units.push((dimension, key));
        unit
    }

    /// Adds to a count.
    pub(crate) fn add(&mut self, unit: Unit, of: Of, by: i64) {
        let cells = self.days.entry(of.day).or_default().entry(unit).or_default();
        *cells.entry(of.cell).or_default() += by;
    }

    /// Adds to a count.
    pub(crate) fn add_to(&mut self, key: &Key, by: i64) {
        let unit = self.unit(key.dimension, &key.key);
        self.add(unit, Of::from(key), by);
    }

    /// Those of each row that has any, in the order of the rows.
    pub(crate) fn rows(&self) -> Vec<(Row<'_>, &Cells)> {
        let rows = self.days.iter().flat_map(|(day, units)| {
            let any = units.iter().filter(|(_, cells)| cells.values().any(|n| *n != 0));
            any.map(|(unit, cells)| {
                let (dimension, key) = &self.units[unit.0 as usize];
                ((*dimension, key.as_ref(), *day), cells)
            })
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_unstable_by_key(|(row, _)| *row);
        rows
    }

    /// All that are not 0, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (Key, i64)> + '_ {
        self.cells().map(|(unit, of, n)| (self.key(unit, of), n))
    }

    /// All that are not 0, in the order of their keys.
    pub fn in_order(&self) -> impl Iterator<Item = (Key, i64)> + '_ {
        let mut units: Vec<usize> = (0..self.units.len()).collect();
        units.sort_unstable_by(|one, other| self.units[*one].cmp(&self.units[*other]));
        let mut ranks = vec![0; units.len()];
        for (rank, unit) in units.iter().enumerate() {
            ranks[*unit] = rank;
        }
        let mut counts: Vec<(Unit, Of, i64)> = self.cells().collect();
        counts.sort_unstable_by_key(|(unit, of, _)| (ranks[unit.0 as usize], *of));
        counts.into_iter().map(|(unit, of, n)| (self.key(unit, of), n))
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
        let (there, here) = (units(self, other), units(other, self));
        let mine = self.cells().map(|(unit, of, n)| {
            let theirs = there[unit.0 as usize].map_or(0, |unit| other.at(unit, of));
            (self.key(unit, of), n, theirs)
        });
        let theirs = other.cells().filter_map(|(unit, of, n)| {
            let mine = here[unit.0 as usize].map_or(0, |unit| self.at(unit, of));
            (mine == 0).then(|| (other.key(unit, of), 0, n))
        });
        let mut found: Vec<_> =
            mine.filter(|(_, here, there)| here != there).chain(theirs).collect();
        found.sort_unstable();
        found
    }

    /// All that are not 0, day after day.
    fn cells(&self) -> impl Iterator<Item = (Unit, Of, i64)> + '_ {
        let cells = self.days.iter().flat_map(|(day, units)| {
            units.iter().flat_map(|(unit, cells)| {
                cells.iter().map(|(cell, n)| (*unit, Of { day: *day, cell: *cell }, *n))
            })
        });
        cells.filter(|(_, _, n)| *n != 0)
    }

    fn at(&self, unit: Unit, of: Of) -> i64 {
        let cells = self.days.get(&of.day).and_then(|units| units.get(&unit));
        cells.and_then(|cells| cells.get(&of.cell)).copied().unwrap_or_default()
    }

    fn key(&self, unit: Unit, of: Of) -> Key {
        let (dimension, key) = &self.units[unit.0 as usize];
        Key::of((*dimension, key, of.day), of.cell)
    }
}

impl Key {
    /// A count of a row.
    pub(crate) fn of((dimension, key, day): Row<'_>, cell: Cell) -> Self {
        let Cell { measure, origin, level, channel } = cell;
        Self { dimension, key: key.to_owned(), day, measure, origin, level, channel }
    }
}

impl From<&Key> for Of {
    fn from(key: &Key) -> Self {
        let Key { dimension: _, key: _, day, measure, origin, level, channel } = *key;
        Self { day, cell: Cell { measure, origin, level, channel } }
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
