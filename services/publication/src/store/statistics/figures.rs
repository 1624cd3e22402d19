//! Reading figures.

use std::collections::{BTreeMap, HashSet};

use domain::{
    rating::Origin,
    score::ScoredBy,
    statistics::{LevelCounts, with_defaults},
};
use jiff::civil::Date;
use platform::database::below;
use proto::{
    publication::v1::{Dimension, TicketCounts},
    r#type::v1::Channel,
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    FromQueryResult, QueryFilter as _, QuerySelect as _, Select,
    sea_query::{Expr, Func},
};

use super::{
    dimensions::{in_regions, of_all_channels},
    items::{self, ItemQuery},
    measures::{Measure, OF_TICKETS},
    walk::{Among, Walk},
};
use crate::entity::{
    column::{column, day_to_column, origin},
    figure,
};

/// Which values of a dimension are read.
#[derive(Clone, Debug)]
pub(crate) enum Keys {
    All,
    One(String),
    Among(Vec<String>),
    /// Those that begin so: with a region's code and more.
    Below(String),
    /// Those of items by the catalog.
    Items(ItemQuery),
    /// Within one region, whose code and a blank these begin with: see `dimensions::in_regions`.
    Within(String),
}

/// Which figures are read.
#[derive(Clone, Debug)]
pub(crate) struct FigureQuery {
    pub(crate) dimension: Dimension,
    /// Which values.
    pub(crate) keys: Keys,
    /// Only ratings that came in this way; 0 for all.
    pub(crate) channel: i16,
    pub(crate) from: Date,
    pub(crate) to: Date,
    /// Values after this one.
    pub(crate) after: Option<String>,
    /// How many values.
    pub(crate) limit: u64,
}

/// The counts of one value of a dimension.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Effective ratings that raters gave by level, best first.
    pub(crate) levels: LevelCounts,
    /// Of these, the ones that were given on paper.
    pub(crate) levels_paper: LevelCounts,
    /// Effective default ratings.
    pub(crate) levels_default: LevelCounts,
    /// Effective imported ratings.
    pub(crate) levels_imported: LevelCounts,
    /// Effective ratings that raters gave to window staff directly or to a package as a whole.
    pub(crate) by_staff: LevelCounts,
    /// Default ratings of the same.
    pub(crate) by_staff_default: LevelCounts,
    pub(crate) offered: u64,
    pub(crate) participated: u64,
    pub(crate) tickets: TicketCounts,
}

impl Counts {
    /// Where ratings of an origin are counted, by what is counted of them.
    fn of_ratings(&mut self, measure: i16, of: i16) -> Vec<&mut LevelCounts> {
        let by_staff = measure == Measure::RatedByStaff as i16;
        if !by_staff && measure != Measure::Rated as i16 {
            return Vec::new();
        }
        match (origin(of.into()), by_staff) {
            (Ok(Origin::Active), false) => vec![&mut self.levels],
            (Ok(Origin::Paper), false) => vec![&mut self.levels, &mut self.levels_paper],
            (Ok(Origin::Default), false) => vec![&mut self.levels_default],
            (Ok(Origin::Imported), false) => vec![&mut self.levels_imported],
            (Ok(Origin::Active | Origin::Paper), true) => vec![&mut self.by_staff],
            (Ok(Origin::Default), true) => vec![&mut self.by_staff_default],
            (Ok(Origin::Imported), true) | (Err(_), _) => Vec::new(),
        }
    }

    /// The ratings that a score is made of.
    pub(crate) fn scored(&self, by: ScoredBy, and_defaults: bool) -> LevelCounts {
        let (given, defaults) = match by {
            ScoredBy::OwnRatings => (self.levels, self.levels_default),
            ScoredBy::StaffRatings => (self.by_staff, self.by_staff_default),
        };
        if and_defaults { with_defaults(given, defaults) } else { given }
    }
}

#[derive(FromQueryResult)]
struct Sum {
    key: String,
    measure: i16,
    level: i16,
    origin: i16,
    n: i64,
}

/// Sums counts over days, by value of the dimension.
pub(crate) async fn figures(
    connection: &impl ConnectionTrait,
    wanted: &FigureQuery,
) -> Result<BTreeMap<String, Counts>, DbErr> {
    let keys = walk(wanted).keys(connection).await?;
    let sums: Vec<Sum> = sums(wanted, &keys).into_model().all(connection).await?;
    let mut figures: BTreeMap<String, Counts> =
        keys.into_iter().map(|key| (key, Counts::default())).collect();
    for sum in sums {
        let counts = figures.entry(sum.key).or_default();
        let n = u64::try_from(sum.n).unwrap_or_default();
        let of_tickets = OF_TICKETS.iter().find(|one| one.measure as i16 == sum.measure);
        if let Some(one) = of_tickets {
            *(one.into)(&mut counts.tickets) += n;
        } else if sum.measure == Measure::Offered as i16 {
            counts.offered += n;
        } else if sum.measure == Measure::Participated as i16 {
            counts.participated += n;
        } else if let Some(level) = usize::try_from(sum.level - 1).ok().filter(|level| *level < 5) {
            for levels in counts.of_ratings(sum.measure, sum.origin) {
                levels[level] += n;
            }
        }
    }
    Ok(figures)
}

/// The sums of these values.
fn sums(wanted: &FigureQuery, keys: &[String]) -> Select<figure::Entity> {
    let total = Expr::col(figure::Column::N).sum().cast_as("bigint");
    figure::Entity::find()
        .select_only()
        .columns([
            figure::Column::Key,
            figure::Column::Measure,
            figure::Column::Level,
            figure::Column::Origin,
        ])
        .column_as(total, "n")
        .filter(filter(wanted).add(figure::Column::Key.is_in(keys)))
        .group_by(figure::Column::Key)
        .group_by(figure::Column::Measure)
        .group_by(figure::Column::Level)
        .group_by(figure::Column::Origin)
}

/// The number of what is read in the column of dimensions.
fn number(wanted: &FigureQuery) -> i16 {
    match &wanted.keys {
        Keys::Within(_) => in_regions(wanted.dimension),
        _ if wanted.channel == 0 => of_all_channels(wanted.dimension),
        _ => column(wanted.dimension.into()),
    }
}

/// Which rows are read.
fn filter(wanted: &FigureQuery) -> Condition {
    let mut of = Condition::all()
        .add(figure::Column::Dimension.eq(number(wanted)))
        .add(figure::Column::Day.between(day_to_column(wanted.from), day_to_column(wanted.to)))
        // Where nobody but a robot rated there is nothing to tell (S07).
        .add(figure::Column::Measure.ne(Measure::RatedByRobot as i16));
    match &wanted.keys {
        Keys::All => {}
        Keys::One(key) => of = of.add(figure::Column::Key.eq(key)),
        Keys::Among(keys) => of = of.add(figure::Column::Key.is_in(keys)),
        Keys::Items(query) => of = of.add(figure::Column::Key.in_subquery(items::codes(query))),
        Keys::Below(start) | Keys::Within(start) => {
            // Not by comparing: a database may sort text by another rule than its bytes.
            let length = i32::try_from(start.chars().count()).unwrap_or(i32::MAX);
            let begins = Func::cust("substr").args([
                Expr::col(figure::Column::Key),
                Expr::val(1),
                Expr::val(length),
            ]);
            of = of.add(Expr::expr(begins).eq(start.as_str()));
            // But a range of regions is one by any rule, and it uses the index.
            of = of.add(below(figure::Column::Key, &region_of(start)));
        }
    }
    if wanted.channel != 0 {
        of = of.add(figure::Column::Channel.eq(wanted.channel));
    }
    if let Some(after) = &wanted.after {
        of = of.add(figure::Column::Key.gt(after));
    }
    of
}

/// The values that have such rows.
fn walk(wanted: &FigureQuery) -> Walk {
    let key = figure::Column::Key;
    let among = match &wanted.keys {
        Keys::All => Among::Key(Condition::all()),
        Keys::One(one) => Among::Key(Condition::all().add(key.eq(one))),
        Keys::Among(some) => Among::Key(Condition::all().add(key.is_in(some))),
        Keys::Below(start) | Keys::Within(start) => Among::Key(below(key, &region_of(start))),
        Keys::Items(query) => Among::Told(Box::new(items::codes(query))),
    };
    Walk {
        dimension: number(wanted),
        among,
        after: wanted.after.clone().unwrap_or_default(),
        holding: filter(wanted),
        limit: Some(wanted.limit),
    }
}

/// The region at the beginning of a key.
fn region_of(start: &str) -> String {
    start.chars().take_while(char::is_ascii_digit).collect()
}

/// The values of a dimension of which anything was counted in a span of days; of ratings, by one
/// channel.
pub(crate) async fn with_any(
    connection: &impl ConnectionTrait,
    (dimension, measure): (Dimension, Measure),
    channel: Channel,
    from: Date,
    to: Date,
) -> Result<HashSet<String>, DbErr> {
    let holding = Condition::all()
        .add(figure::Column::Day.between(day_to_column(from), day_to_column(to)))
        .add(figure::Column::Measure.eq(measure as i16))
        .add(figure::Column::Channel.eq(i32::from(channel)))
        .add(figure::Column::N.gt(0));
    let (among, after) = (Among::Key(Condition::all()), String::new());
    let dimension = column(dimension.into());
    let keys = Walk { dimension, among, after, holding, limit: None }.keys(connection).await?;
    Ok(keys.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::{DbBackend, QueryTrait as _};

    use super::*;
    use crate::{Migrator, NAME, store::statistics::dimensions::staff_key};

    #[tokio::test]
    async fn p04_an_agencys_staff_are_read_by_the_index_and_not_the_whole_countrys() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let wanted = FigureQuery {
            dimension: Dimension::Staff,
            keys: Keys::Below(staff_key("652301", "652301-a03", "")),
            channel: 0,
            from: "2026-03-01".parse().unwrap(),
            to: "2026-03-31".parse().unwrap(),
            after: None,
            limit: 50,
        };
        let found = plan(&store, store.backend().build(&walk(&wanted).query())).await;
        let (least, most) = match store.backend() {
            DbBackend::Postgres => ("key >= '652301'", "key < '652302'"),
            _ => ("key>?", "key<?"),
        };
        assert!(found.contains(least) && found.contains(most), "{found}");
    }

    #[tokio::test]
    async fn m16_counts_of_all_channels_are_read_from_an_index_that_has_them() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let wanted = FigureQuery {
            dimension: Dimension::Agency,
            keys: Keys::All,
            channel: 0,
            from: "2026-03-01".parse().unwrap(),
            to: "2026-03-31".parse().unwrap(),
            after: None,
            limit: 50,
        };
        let keys = ["652301-a01".to_owned(), "652301-a02".to_owned()];
        let backend = store.backend();
        let found = plan(&store, sums(&wanted, &keys).build(backend)).await;
        let expected = match backend {
            DbBackend::Postgres => "Index Only Scan using figure_sums",
            _ => "SEARCH figure USING INDEX",
        };
        assert!(found.contains(expected), "{found}");
    }

    #[tokio::test]
    async fn p07_a_regions_items_and_lines_are_read_by_indexes_and_not_the_whole_countrys() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let of = ItemQuery { region: Some("652301".to_owned()), ..ItemQuery::default() };
        for (dimension, keys, index) in [
            (Dimension::Item, Keys::Items(of), "catalog_item_region"),
            (Dimension::Line, Keys::Within("652301 ".to_owned()), "key"),
        ] {
            let wanted = FigureQuery {
                dimension,
                keys,
                channel: 0,
                from: "2026-03-01".parse().unwrap(),
                to: "2026-03-31".parse().unwrap(),
                after: None,
                limit: 50,
            };
            let found = plan(&store, store.backend().build(&walk(&wanted).query())).await;
            assert!(found.contains(index), "{found}");
            let used = ["figure_pkey", "figure_sums", "sqlite_autoindex_figure_1", "PRIMARY KEY"];
            assert!(used.iter().any(|key| found.contains(key)), "{found}");
        }
    }
}
