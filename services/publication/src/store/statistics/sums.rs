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
    dimensions,
    measures::{Measure, OF_RATINGS},
    published,
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

/// A row of figures, ordered by its key, so that two transactions that write some of the same rows
/// wait and do not block each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    dimension: i16,
    key: String,
    day: i32,
    measure: Measure,
    channel: i16,
    level: i16,
    origin: i16,
}

/// The changes of the counts by some facts.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    figures: BTreeMap<Key, i64>,
    pain: BTreeMap<pain_point::Key, i64>,
}

impl Sums {
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
        self.add_each(&dimensions::keys(act), &measures, count, by);
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
            for measure in measures {
                let key = Key {
                    dimension: column((*dimension).into()),
                    key: key.to_string(),
                    day: day_to_column(count.day),
                    measure: *measure,
                    channel: count.channel,
                    level: count.level,
                    origin: count.origin,
                };
                *self.figures.entry(key).or_default() += by;
            }
        }
    }

    /// Adds it to what is counted within its region: by month, without channel.
    fn add_within_region(&mut self, act: &ServiceAct, measures: &[Measure], count: Count, by: i64) {
        let month = day_to_column(count.day.first_of_month());
        for (dimension, key) in dimensions::region_keys(act) {
            for measure in measures {
                let key = Key {
                    dimension,
                    key: key.clone(),
                    day: month,
                    measure: *measure,
                    channel: 0,
                    level: count.level,
                    origin: count.origin,
                };
                *self.figures.entry(key).or_default() += by;
            }
        }
    }

    /// Adds a given rating to the counts of its item at each unit: by month, without channel.
    fn add_to_mix(&mut self, act: &ServiceAct, measures: &[Measure], count: Count, by: i64) {
        let month = day_to_column(count.day.first_of_month());
        for (dimension, key) in dimensions::mix_keys(act) {
            for measure in measures {
                let key = Key {
                    dimension,
                    key: key.clone(),
                    day: month,
                    measure: *measure,
                    channel: 0,
                    level: count.level,
                    origin: column(Origin::Active.into()),
                };
                *self.figures.entry(key).or_default() += by;
            }
        }
    }

    /// Adds `by` to a count of where complaints gather.
    pub(crate) fn add_pain(&mut self, key: pain_point::Key, by: i64) {
        *self.pain.entry(key).or_default() += by;
    }

    /// What it comes to, where nothing was counted before.
    pub(crate) fn into_counts(self) -> Vec<(published::Key, i64)> {
        let pain = self.pain.into_iter().filter(|(_, n)| *n != 0);
        let pain = pain.map(|(key, n)| (published::Key::of_pain(key), n));
        let counts = self.figures.into_iter().filter(|(_, n)| *n != 0);
        let counts = counts.map(|(of, n)| {
            let Key { dimension, key, day, measure, channel, level, origin } = of;
            let measure = measure as i16;
            (published::Key { dimension, key, day, measure, channel, level, origin }, n)
        });
        counts.chain(pain).collect()
    }

    /// Adds these changes to the figures.
    pub(crate) async fn write(self, txn: &Txn) -> Result<(), DbErr> {
        let (mut days, mut dimensions, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        let (mut measures, mut channels, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        let (mut origins, mut ns) = (Vec::new(), Vec::new());
        pain_point::add(txn, self.pain).await?;
        for (key, n) in self.figures.into_iter().filter(|(_, n)| *n != 0) {
            days.push(key.day);
            dimensions.push(key.dimension);
            keys.push(key.key);
            measures.push(key.measure as i16);
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
