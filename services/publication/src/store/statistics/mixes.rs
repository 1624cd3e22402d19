//! Which items a unit's given ratings are of, for rankings.

use std::collections::BTreeMap;

use domain::{report_period::ReportPeriod, statistics::LevelCounts};
use platform::database::below;
use proto::publication::v1::Dimension;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, ExprTrait as _,
    sea_query::{Expr, Func},
};

use super::{dimensions::with_items, measures::Measure, packed::Cell, tallies};
use crate::entity::{column::day_to_column, tally};

/// Which mixes are read.
#[derive(Clone, Debug)]
pub(crate) struct MixQuery {
    pub(crate) dimension: Dimension,
    /// Of units whose key begins so: with a region's code and a blank, see `dimensions::mix_key`.
    pub(crate) start: String,
    /// All effective ratings, or those given to window staff.
    pub(crate) measure: Measure,
    pub(crate) period: ReportPeriod,
}

/// Counts by level of each item of each unit.
pub(crate) type Mixes = BTreeMap<String, BTreeMap<String, LevelCounts>>;

/// Sums over the months of a period. How long it takes grows with units and their items, and not with
/// ratings.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    wanted: &MixQuery,
) -> Result<Mixes, DbErr> {
    let mut mixes = Mixes::new();
    let add = |key: String, cells: &[(Cell, i64)]| {
        let rest = key.strip_prefix(&wanted.start).unwrap_or(&key);
        let Some((unit, item)) = rest.rsplit_once(' ') else { return };
        for (cell, n) in cells.iter().filter(|(cell, _)| cell.measure == wanted.measure as i16) {
            let level = usize::try_from(cell.level - 1).ok().filter(|level| *level < 5);
            let Some(level) = level else { continue };
            let items = mixes.entry(unit.to_owned()).or_default();
            let counts = items.entry(item.to_owned()).or_default();
            counts[level] += u64::try_from(*n).unwrap_or_default();
        }
    };
    tallies::each(connection, rows_of(wanted), add).await?;
    Ok(mixes)
}

fn rows_of(wanted: &MixQuery) -> Condition {
    let (first, last) = (wanted.period.first(), wanted.period.last());
    // As in `figures`: a range of regions uses the index, and text is not compared otherwise.
    let region: String = wanted.start.chars().take_while(char::is_ascii_digit).collect();
    let length = i32::try_from(wanted.start.chars().count()).unwrap_or(i32::MAX);
    let column = Expr::col(tally::Column::Key);
    let begins = Func::cust("substr").args([column, Expr::val(1), Expr::val(length)]);
    Condition::all()
        .add(tally::Column::Dimension.eq(with_items(wanted.dimension)))
        .add(below(tally::Column::Key, &region))
        .add(Expr::expr(begins).eq(wanted.start.as_str()))
        .add(tally::Column::Day.between(day_to_column(first), day_to_column(last)))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::{DbBackend, QueryTrait as _};

    use super::*;
    use crate::{Migrator, NAME, store::statistics::dimensions::mix_key};

    #[tokio::test]
    async fn p07_the_mix_of_a_regions_units_is_read_by_the_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let wanted = MixQuery {
            dimension: Dimension::Window,
            start: mix_key("652301", ""),
            measure: Measure::Rated,
            period: ReportPeriod::parse("2026-Q1").unwrap(),
        };
        let found = plan(&store, tallies::rows(rows_of(&wanted)).build(store.backend())).await;
        let (least, most) = match store.backend() {
            DbBackend::Postgres => (">= '652301'", "< '652302'"),
            _ => ("key>?", "key<?"),
        };
        assert!(found.contains(least) && found.contains(most), "{found}");
    }
}
