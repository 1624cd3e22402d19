//! All SQL of this service.

use std::collections::{BTreeMap, BTreeSet};

use domain::{rating::Origin, statistics::LevelCounts};
use jiff::civil::Date;
use proto::{publication::v1::Dimension, r#type::v1::ServiceAct};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _,
    ExprTrait as _, FromQueryResult, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    convert::{day_to_column, origin},
    entity::{act, figure, rating, ticket},
};

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub(crate) enum Measure {
    /// Effective ratings, by the day they were received.
    Rated = 1,
    /// Service acts offered a rating, by the day of the offer.
    Offered = 2,
    /// Service acts offered a rating that their rater gave one, by the day of the offer.
    Participated = 3,
    /// Tickets opened, by the day of opening.
    TicketOpened = 4,
    /// Tickets fed back as rectified or explained, by the day of opening.
    TicketFedBack = 5,
}

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

/// The values an act counts under, by dimension, each once: its own, and every agency and region
/// that had a part in a package (I12). Staff are none: what is counted here is public.
fn dimensions(act: &ServiceAct) -> BTreeSet<(Dimension, &str)> {
    let own = [
        (Dimension::Region, act.region_code.as_str()),
        (Dimension::Agency, &act.agency_id),
        (Dimension::Item, &act.item_code),
        (Dimension::Line, &act.line_id),
        (Dimension::Terminal, &act.terminal_id),
        (Dimension::Window, &act.window_id),
        (Dimension::Hall, &act.hall_id),
    ];
    let involved = act.involved.iter().flat_map(|involved| {
        [
            (Dimension::Region, involved.region_code.as_str()),
            (Dimension::Agency, involved.agency_id.as_str()),
        ]
    });
    own.into_iter().chain(involved).filter(|(_, key)| !key.is_empty()).collect()
}

/// Adds `by` to a count under every dimension of an act.
pub(crate) async fn count(
    txn: &DatabaseTransaction,
    act: &ServiceAct,
    count: Count,
    by: i64,
) -> Result<(), DbErr> {
    let rows = dimensions(act).into_iter().map(|(dimension, key)| figure::ActiveModel {
        day: Set(day_to_column(count.day)),
        dimension: Set(i16::try_from(i32::from(dimension)).unwrap_or_default()),
        key: Set(key.to_owned()),
        measure: Set(count.measure as i16),
        channel: Set(count.channel),
        level: Set(count.level),
        origin: Set(count.origin),
        n: Set(by),
    });
    let key = [
        figure::Column::Dimension,
        figure::Column::Key,
        figure::Column::Day,
        figure::Column::Measure,
        figure::Column::Channel,
        figure::Column::Level,
        figure::Column::Origin,
    ];
    let known = Expr::col((figure::Entity, figure::Column::N));
    let add = OnConflict::columns(key).value(figure::Column::N, known.add(by)).to_owned();
    figure::Entity::insert_many(rows).on_conflict(add).exec_without_returning(txn).await?;
    Ok(())
}

/// An act as known so far.
pub(crate) async fn act(txn: &DatabaseTransaction, id: Uuid) -> Result<Option<act::Model>, DbErr> {
    act::Entity::find_by_id(id).one(txn).await
}

/// Keeps what is known of an act.
pub(crate) async fn put_act(txn: &DatabaseTransaction, row: act::Model) -> Result<(), DbErr> {
    let replace = OnConflict::column(act::Column::Id)
        .update_columns([act::Column::Effective, act::Column::Offered])
        .to_owned();
    let row = row.into_active_model().reset_all();
    act::Entity::insert(row).on_conflict(replace).exec_without_returning(txn).await?;
    Ok(())
}

/// A rating as known.
pub(crate) async fn rating(
    txn: &DatabaseTransaction,
    id: Uuid,
) -> Result<Option<rating::Model>, DbErr> {
    rating::Entity::find_by_id(id).one(txn).await
}

/// Keeps a rating.
pub(crate) async fn insert_rating(
    txn: &DatabaseTransaction,
    row: rating::Model,
) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    rating::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A ticket's outcome as known.
pub(crate) async fn ticket(
    txn: &DatabaseTransaction,
    id: Uuid,
) -> Result<Option<ticket::Model>, DbErr> {
    ticket::Entity::find_by_id(id).one(txn).await
}

/// Keeps a ticket's outcome.
pub(crate) async fn put_ticket(txn: &DatabaseTransaction, row: ticket::Model) -> Result<(), DbErr> {
    let replace = OnConflict::column(ticket::Column::Id)
        .update_columns([
            ticket::Column::State,
            ticket::Column::Finding,
            ticket::Column::StateAt,
            ticket::Column::Private,
            ticket::Column::FedBack,
        ])
        .to_owned();
    let row = row.into_active_model().reset_all();
    ticket::Entity::insert(row).on_conflict(replace).exec_without_returning(txn).await?;
    Ok(())
}

/// Outcomes shown singly, newest ticket first.
pub(crate) async fn outcomes(
    connection: &impl ConnectionTrait,
    region_code: &str,
    agency_id: &str,
    before: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<ticket::Model>, DbErr> {
    let mut query = ticket::Entity::find()
        .filter(ticket::Column::RegionCode.eq(region_code))
        .filter(ticket::Column::Private.eq(false))
        .order_by_desc(ticket::Column::OpenedAt)
        .order_by_desc(ticket::Column::Id)
        .limit(limit);
    if !agency_id.is_empty() {
        query = query.filter(ticket::Column::AgencyId.eq(agency_id));
    }
    if let Some((opened_at, id)) = before {
        let same = Condition::all()
            .add(ticket::Column::OpenedAt.eq(opened_at))
            .add(ticket::Column::Id.lt(id));
        let older = ticket::Column::OpenedAt.lt(opened_at);
        query = query.filter(Condition::any().add(older).add(same));
    }
    query.all(connection).await
}

/// What figures are read for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
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
    pub(crate) tickets_opened: u64,
    pub(crate) tickets_fed_back: u64,
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
    wanted: &Wanted,
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
            m if m == Measure::TicketOpened as i16 => counts.tickets_opened += n,
            m if m == Measure::TicketFedBack as i16 => counts.tickets_fed_back += n,
            _ => {}
        }
    }
    Ok(figures)
}
