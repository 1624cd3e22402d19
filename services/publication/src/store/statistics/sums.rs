//! Changes of counts, summed in memory and written once.

use std::{borrow::Cow, collections::BTreeMap};

use domain::canary::is_robots;
use jiff::civil::Date;
use platform::database::{
    Txn,
    many::{self, Column},
};
use proto::{
    publication::v1::Dimension,
    r#type::v1::{Origin, ServiceAct},
};
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};

use super::{
    counts::{Counts, Key, Of},
    dimensions,
    measures::{Measure, OF_RATINGS},
};
use crate::{
    entity::{
        column::{column, day_to_column},
        figure,
    },
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
        self.add_of_all_channels(&keys, &measures, count, by);
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

    fn add_of_all_channels(
        &mut self,
        keys: &[(Dimension, Cow<'_, str>)],
        measures: &[Measure],
        count: Count,
        by: i64,
    ) {
        let of = Of { channel: 0, ..of_day(count) };
        for (dimension, key) in keys {
            let unit = (dimensions::of_all_channels(*dimension), key.as_ref());
            self.add_measures(unit, measures, of, by);
        }
    }

    fn add_measures(&mut self, unit: (i16, &str), measures: &[Measure], of: Of, by: i64) {
        let unit = self.figures.unit(unit.0, unit.1);
        for measure in measures {
            self.figures.add(unit, Of { measure: *measure as i16, ..of }, by);
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
        let (mut days, mut dimensions, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let (mut measures, mut channels, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        let (mut origins, mut ns) = (Vec::new(), Vec::new());
        pain_point::add(txn, self.pain).await?;
        // In the order of the key: so two transactions that write some of the same rows wait for each
        // other and do not block each other.
        for (key, n) in self.figures.in_order() {
            days.push(key.day);
            dimensions.push(key.dimension);
            keys.push(key.key);
            measures.push(key.measure);
            channels.push(key.channel);
            levels.push(key.level);
            origins.push(key.origin);
            ns.push(n);
        }
        let columns = vec![
            ("dimension", Column::Small(dimensions)),
            ("key", Column::Text(keys)),
            ("day", Column::Int(days)),
            ("measure", Column::Small(measures)),
            ("channel", Column::Small(channels)),
            ("level", Column::Small(levels)),
            ("origin", Column::Small(origins)),
            ("n", Column::Big(ns)),
        ];
        let add = "ON CONFLICT (dimension, key, day, measure, channel, level, origin) \
                   DO UPDATE SET n = figure.n + excluded.n";
        many::insert(txn, "figure", columns, add).await
    }
}

fn of_day(count: Count) -> Of {
    let Count { day, measure, channel, level, origin } = count;
    Of { day: day_to_column(day), measure: measure as i16, channel, level, origin }
}

/// By month, without channel.
fn of_month(count: Count, origin: i16) -> Of {
    let (day, measure) = (day_to_column(count.day.first_of_month()), count.measure as i16);
    Of { day, measure, channel: 0, level: count.level, origin }
}

/// Removes every count of these measures.
pub(crate) async fn delete_figures(
    txn: &Txn,
    measures: impl IntoIterator<Item = Measure>,
) -> Result<(), DbErr> {
    let these = measures.into_iter().map(|measure| measure as i16);
    let these = figure::Column::Measure.is_in(these);
    figure::Entity::delete_many().filter(these).exec(txn).await?;
    Ok(())
}
