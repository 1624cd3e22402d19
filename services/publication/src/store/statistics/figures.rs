//! Reading figures.

use std::collections::{BTreeMap, HashSet};

use domain::{
    rating::Origin,
    score::ScoredBy,
    statistics::{LevelCounts, with_defaults},
};
use jiff::civil::Date;
use platform::database::below;
use proto::publication::v1::{Dimension, TicketCounts};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, ExprTrait as _,
    sea_query::{Expr, Func},
};

use super::{
    dimensions::in_regions,
    items::{self, ItemQuery},
    measures::{Measure, OF_TICKETS},
    packed::{Cell, Cells, TOLD, rated_by},
    tallies::{self, marked},
    walk::{Among, Walk},
};
use crate::entity::{
    column::{column, day_to_column, origin},
    tally,
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
    /// From sums of all channels.
    fn of(sums: &Cells) -> Self {
        let mut counts = Self::default();
        for (cell, n) in sums {
            let n = u64::try_from(*n).unwrap_or_default();
            let is = |measure: Measure| cell.measure == measure as i16;
            if let Some(one) = OF_TICKETS.iter().find(|one| is(one.measure)) {
                *(one.into)(&mut counts.tickets) += n;
            } else if is(Measure::Offered) {
                counts.offered += n;
            } else if is(Measure::Participated) {
                counts.participated += n;
            } else if let Some(level) =
                usize::try_from(cell.level - 1).ok().filter(|level| *level < 5)
            {
                for levels in counts.of_ratings(cell.measure, cell.origin) {
                    levels[level] += n;
                }
            }
        }
        counts
    }

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

/// About how many rows are in memory at once.
const ROWS: usize = 20_000;

/// Sums counts over days, by value of the dimension.
pub(crate) async fn figures(
    connection: &impl ConnectionTrait,
    wanted: &FigureQuery,
) -> Result<BTreeMap<String, Counts>, DbErr> {
    let keys = walk(wanted).keys(connection).await?;
    let days = day_to_column(wanted.to) - day_to_column(wanted.from) + 1;
    let at_once = (ROWS / usize::try_from(days).unwrap_or(ROWS).max(1)).max(1);
    let mut sums = BTreeMap::<String, Cells>::new();
    for keys in keys.chunks(at_once) {
        let add = |key, cells: &[(Cell, i64)]| {
            let sums = sums.entry(key).or_default();
            for of_channels in cells.chunk_by(|(one, _), (next, _)| one.all() == next.all()) {
                let by = |cell: &Cell| wanted.channel == 0 || cell.channel == wanted.channel;
                let these = of_channels.iter().filter(|(cell, _)| by(cell));
                let n: i64 = these.map(|(_, n)| n).sum();
                *sums.entry(of_channels[0].0.all()).or_default() += n;
            }
        };
        tallies::each(connection, of_keys(wanted, keys), add).await?;
    }
    let counts = |key: String| {
        let sums = sums.remove(&key).unwrap_or_default();
        (key, Counts::of(&sums))
    };
    Ok(keys.into_iter().map(counts).collect())
}

/// All rows of these values.
fn of_keys(wanted: &FigureQuery, keys: &[String]) -> Condition {
    in_days(number(wanted), wanted.from, wanted.to).add(tally::Column::Key.is_in(keys))
}

fn in_days(dimension: i16, from: Date, to: Date) -> Condition {
    Condition::all()
        .add(tally::Column::Dimension.eq(dimension))
        .add(tally::Column::Day.between(day_to_column(from), day_to_column(to)))
}

/// The number of what is read in the column of dimensions.
fn number(wanted: &FigureQuery) -> i16 {
    match &wanted.keys {
        Keys::Within(_) => in_regions(wanted.dimension),
        _ => column(wanted.dimension.into()),
    }
}

/// Which rows are read.
fn filter(wanted: &FigureQuery) -> Condition {
    let mark = if wanted.channel == 0 { TOLD } else { rated_by(wanted.channel) };
    let mut of = in_days(number(wanted), wanted.from, wanted.to).add(marked(mark));
    match &wanted.keys {
        Keys::All => {}
        Keys::One(key) => of = of.add(tally::Column::Key.eq(key)),
        Keys::Among(keys) => of = of.add(tally::Column::Key.is_in(keys)),
        Keys::Items(query) => of = of.add(tally::Column::Key.in_subquery(items::codes(query))),
        Keys::Below(start) | Keys::Within(start) => {
            // Not by comparing: a database may sort text by another rule than its bytes.
            let length = i32::try_from(start.chars().count()).unwrap_or(i32::MAX);
            let begins = Func::cust("substr").args([
                Expr::col(tally::Column::Key),
                Expr::val(1),
                Expr::val(length),
            ]);
            of = of.add(Expr::expr(begins).eq(start.as_str()));
            // But a range of regions is one by any rule, and it uses the index.
            of = of.add(below(tally::Column::Key, &region_of(start)));
        }
    }
    if let Some(after) = &wanted.after {
        of = of.add(tally::Column::Key.gt(after));
    }
    of
}

/// The values that have such rows.
fn walk(wanted: &FigureQuery) -> Walk {
    let key = tally::Column::Key;
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

/// The values of a dimension that have rows with one of these marks in a span of days.
pub(crate) async fn with_any(
    connection: &impl ConnectionTrait,
    (dimension, marks): (Dimension, i64),
    from: Date,
    to: Date,
) -> Result<HashSet<String>, DbErr> {
    let dimension = column(dimension.into());
    let holding = in_days(dimension, from, to).add(marked(marks));
    let (among, after) = (Among::Key(Condition::all()), String::new());
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
    async fn m16_the_counts_of_some_values_are_read_by_the_key() {
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
        let rows = tallies::rows(of_keys(&wanted, &keys));
        let found = plan(&store, rows.build(store.backend())).await;
        let whole = ["Seq Scan", "SCAN tally"];
        assert!(!whole.iter().any(|whole| found.contains(whole)), "{found}");
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
            let used = ["tally_pkey", "sqlite_autoindex_tally_1", "PRIMARY KEY"];
            assert!(used.iter().any(|key| found.contains(key)), "{found}");
        }
    }
}
