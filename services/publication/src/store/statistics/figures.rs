//! Reading figures.

use std::collections::BTreeMap;

use domain::{rating::Origin, statistics::LevelCounts};
use jiff::civil::Date;
use proto::publication::v1::{Dimension, TicketCounts};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    FromQueryResult, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};

use super::sums::Measure;
use crate::entity::{
    column::{day_to_column, origin},
    figure,
};

/// Which figures are read.
#[derive(Clone, Debug)]
pub(crate) struct FigureQuery {
    pub(crate) dimension: Dimension,
    /// One value, or all.
    pub(crate) key: Option<String>,
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
    /// Effective default ratings.
    pub(crate) levels_default: LevelCounts,
    /// Effective imported ratings.
    pub(crate) levels_imported: LevelCounts,
    pub(crate) offered: u64,
    pub(crate) participated: u64,
    pub(crate) tickets: TicketCounts,
}

#[derive(FromQueryResult)]
struct Sum {
    key: String,
    measure: i16,
    level: i16,
    origin: i16,
    n: i64,
}

/// Sums counts over days and channels, by value of the dimension.
pub(crate) async fn figures(
    connection: &impl ConnectionTrait,
    wanted: &FigureQuery,
) -> Result<BTreeMap<String, Counts>, DbErr> {
    let mut of = Condition::all()
        .add(figure::Column::Dimension.eq(i32::from(wanted.dimension)))
        .add(figure::Column::Day.between(day_to_column(wanted.from), day_to_column(wanted.to)));
    if let Some(key) = &wanted.key {
        of = of.add(figure::Column::Key.eq(key));
    }
    if let Some(after) = &wanted.after {
        of = of.add(figure::Column::Key.gt(after));
    }
    let keys: Vec<String> = figure::Entity::find()
        .select_only()
        .column(figure::Column::Key)
        .distinct()
        .filter(of.clone())
        .order_by_asc(figure::Column::Key)
        .limit(wanted.limit)
        .into_tuple()
        .all(connection)
        .await?;
    let total = Expr::col(figure::Column::N).sum().cast_as("bigint");
    let sums: Vec<Sum> = figure::Entity::find()
        .select_only()
        .columns([
            figure::Column::Key,
            figure::Column::Measure,
            figure::Column::Level,
            figure::Column::Origin,
        ])
        .column_as(total, "n")
        .filter(of.add(figure::Column::Key.is_in(&keys)))
        .group_by(figure::Column::Key)
        .group_by(figure::Column::Measure)
        .group_by(figure::Column::Level)
        .group_by(figure::Column::Origin)
        .into_model()
        .all(connection)
        .await?;
    let mut figures: BTreeMap<String, Counts> =
        keys.into_iter().map(|key| (key, Counts::default())).collect();
    for sum in sums {
        let counts = figures.entry(sum.key).or_default();
        let n = u64::try_from(sum.n).unwrap_or_default();
        match sum.measure {
            m if m == Measure::Rated as i16 => {
                let levels = match origin(sum.origin.into()) {
                    Ok(Origin::Active | Origin::Paper) => &mut counts.levels,
                    Ok(Origin::Default) => &mut counts.levels_default,
                    Ok(Origin::Imported) => &mut counts.levels_imported,
                    Err(_) => continue,
                };
                let level = usize::try_from(sum.level - 1).ok();
                if let Some(count) = level.and_then(|level| levels.get_mut(level)) {
                    *count += n;
                }
            }
            m if m == Measure::Offered as i16 => counts.offered += n,
            m if m == Measure::Participated as i16 => counts.participated += n,
            m if m == Measure::TicketOpened as i16 => counts.tickets.opened += n,
            m if m == Measure::TicketFedBack as i16 => counts.tickets.fed_back += n,
            m if m == Measure::TicketRectified as i16 => counts.tickets.rectified += n,
            m if m == Measure::TicketClosed as i16 => counts.tickets.closed += n,
            m if m == Measure::TicketConfirmed as i16 => counts.tickets.confirmed += n,
            m if m == Measure::TicketRelapsed as i16 => counts.tickets.relapsed += n,
            m if m == Measure::TicketLate as i16 => counts.tickets.late += n,
            _ => {}
        }
    }
    Ok(figures)
}
