//! Changes of counts, summed in memory and written once.

use std::{borrow::Cow, collections::BTreeMap};

use domain::canary::is_robots;
use jiff::civil::Date;
use platform::database::Txn;
use proto::{
    publication::v1::Dimension,
    r#type::v1::{Origin, ServiceAct},
};
use sea_orm::DbErr;

use super::{
    counts::{Counts, Key, Of},
    dimensions, fold,
    measures::{Measure, OF_RATINGS},
    packed::Cell,
    tallies,
};
use crate::{
    entity::column::{column, day_to_column},
    store::pain_point,
};

/// One count to change: a measure on a day, and by which channel, level and origin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) day: Date,
    pub(crate) measure: Measure,
    pub(crate) channel: i16,
    pub(crate) level: i16,
    pub(crate) origin: i16,
}

impl Count {
    /// A count without channel, level and origin.
    pub(crate) fn of(day: Date, measure: Measure) -> Self {
        Self { day, measure, channel: 0, level: 0, origin: 0 }
    }
}

/// The changes of the counts by some facts.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    figures: Counts,
    pain: BTreeMap<pain_point::Key, i64>,
}

impl Sums {
    /// Changes that are added to what was counted before.
    pub(crate) fn after(figures: Counts) -> Self {
        Self { figures, pain: BTreeMap::new() }
    }

    /// Adds `by` to a count under every dimension of an act; a rating counts in each measure that it
    /// has a part in. A robot's act counts in nothing but that a robot rated in its region.
    pub(crate) fn add(&mut self, act: &ServiceAct, count: Count, by: i64) {
        if is_robots(&act.item_code) {
            if count.measure == Measure::Rated {
                let region = (Dimension::Region, Cow::from(act.region_code.as_str()));
                self.add_each(&[region], &[Measure::RatedByRobot], count, by);
            }
            return;
        }
        let of_ratings = OF_RATINGS.iter().filter(|_| count.measure == Measure::Rated);
        let of_ratings = of_ratings.filter(|(_, holds)| holds(act)).map(|(measure, _)| *measure);
        let other = Some(count.measure).filter(|measure| *measure != Measure::Rated);
        let measures: Vec<Measure> = of_ratings.chain(other).collect();
        let keys = dimensions::keys(act);
        self.add_each(&keys, &measures, count, by);
        self.add_within_region(act, &measures, count, by);
        let given = [Origin::Active, Origin::Paper].map(|origin| column(origin.into()));
        if count.measure == Measure::Rated && given.contains(&count.origin) {
            self.add_to_mix(act, &measures, count, by);
        }
    }

    fn add_each(
        &mut self,
        keys: &[(Dimension, Cow<'_, str>)],
        measures: &[Measure],
        count: Count,
        by: i64,
    ) {
        for (dimension, key) in keys {
            self.add_measures((column((*dimension).into()), key), measures, of_day(count), by);
        }
    }

    fn add_measures(&mut self, unit: (i16, &str), measures: &[Measure], of: Of, by: i64) {
        let unit = self.figures.unit(unit.0, unit.1);
        for measure in measures {
            let cell = Cell { measure: *measure as i16, ..of.cell };
            self.figures.add(unit, Of { cell, ..of }, by);
        }
    }

    /// Adds it to what is counted within its region: by month, without channel.
    fn add_within_region(&mut self, act: &ServiceAct, measures: &[Measure], count: Count, by: i64) {
        let of = of_month(count, count.origin);
        for (dimension, key) in dimensions::region_keys(act) {
            self.add_measures((dimension, &key), measures, of, by);
        }
    }

    /// Adds a given rating to the counts of its item at each unit: by month, without channel.
    fn add_to_mix(&mut self, act: &ServiceAct, measures: &[Measure], count: Count, by: i64) {
        let of = of_month(count, column(Origin::Active.into()));
        for (dimension, key) in dimensions::mix_keys(act) {
            self.add_measures((dimension, &key), measures, of, by);
        }
    }

    /// Adds `by` to a count of where complaints gather.
    pub(crate) fn add_pain(&mut self, key: pain_point::Key, by: i64) {
        *self.pain.entry(key).or_default() += by;
    }

    /// What it comes to, where nothing else was counted before.
    pub(crate) fn into_counts(self) -> Counts {
        let Self { mut figures, pain } = self;
        pain.into_iter().for_each(|(key, n)| figures.add_to(&Key::of_pain(key), n));
        figures
    }

    /// Adds these changes to the figures.
    pub(crate) async fn write(self, txn: &Txn) -> Result<(), DbErr> {
        pain_point::add(txn, self.pain).await?;
        if self.figures.is_empty() {
            return Ok(());
        }
        // A row is read, and written with what is added: so two transactions come one after the other,
        // whichever producer's facts they fold.
        fold::hold(txn).await?;
        tallies::add(txn, &self.figures).await
    }
}

fn of_day(count: Count) -> Of {
    let Count { day, measure, channel, level, origin } = count;
    let measure = measure as i16;
    Of { day: day_to_column(day), cell: Cell { measure, origin, level, channel } }
}

/// By month, without channel.
fn of_month(count: Count, origin: i16) -> Of {
    of_day(Count { day: count.day.first_of_month(), channel: 0, origin, ..count })
}
