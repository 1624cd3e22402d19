//! What is kept of a day.

use domain::deadline::day_of;
use platform::{
    clock::instant,
    database::Store,
    tlog::{Hash, leaf_hash, tiles::Growing},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};

use super::key::{LaneKey, kept, up_to};
use crate::entity::{
    column::day_to_column,
    exchange_fact::{self, Column},
};

/// How many facts are read at once.
const PAGE: u64 = 500;

/// Count and root of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DaySum {
    pub(crate) count: u64,
    pub(crate) root: Hash,
}

/// The statement of some facts of a day, in order.
pub(super) fn rows(
    key: &LaneKey,
    (day, after): (i32, i64),
    limit: u64,
) -> Select<exchange_fact::Entity> {
    kept(key)
        .filter(Column::Day.eq(day))
        .filter(Column::Position.gt(after))
        .order_by_asc(Column::Position)
        .limit(limit)
}

/// The statement of the days that follow one, before another.
pub(super) fn next(key: &LaneKey, after: i32, before: i32) -> Select<exchange_fact::Entity> {
    kept(key)
        .filter(Column::Day.gt(after))
        .filter(Column::Day.lt(before))
        .order_by_asc(Column::Day)
        .order_by_asc(Column::Position)
        .limit(1)
}

/// Count and root of a day's facts up to a position, computed from the facts themselves.
pub(crate) async fn sum(
    store: &Store,
    key: &LaneKey,
    day: i32,
    up_to: i64,
) -> Result<DaySum, DbErr> {
    let (mut count, mut tree, mut after) = (0, Growing::default(), 0);
    loop {
        let facts = rows(key, (day, after), PAGE).all(store.read()).await?;
        // Not a part of the question: with a second bound SQLite reads the lane from its beginning.
        for fact in facts.iter().take_while(|fact| fact.position <= up_to) {
            tree.push(leaf_hash(&fact.body));
            count += 1;
        }
        match facts.last() {
            Some(last) if facts.len() as u64 == PAGE && last.position < up_to => {
                after = last.position;
            }
            _ => return Ok(DaySum { count, root: tree.root() }),
        }
    }
}

/// The first day after one, and before another, of which there is a fact: the day, and the position of its
/// first fact.
pub(crate) async fn following(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    after: i32,
    before: i32,
) -> Result<Option<(i32, i64)>, DbErr> {
    next(key, after, before)
        .select_only()
        .columns([Column::Day, Column::Position])
        .into_tuple()
        .one(connection)
        .await
}

/// The statement of the last fact of the days before one.
pub(super) fn last_before(key: &LaneKey, day: i32) -> Select<exchange_fact::Entity> {
    kept(key)
        .filter(Column::Day.lt(day))
        .order_by_desc(Column::Day)
        .order_by_desc(Column::Position)
        .limit(1)
}

/// Between which positions the facts of a day are, those of other days perhaps among them: after the first,
/// up to the second. Rows that are missing at its ends are between them, too; `end` is the lane's.
pub(crate) async fn around(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    (day, end): (i32, i64),
) -> Result<(i64, i64), DbErr> {
    let before: Option<i64> = last_before(key, day)
        .select_only()
        .column(Column::Position)
        .into_tuple()
        .one(connection)
        .await?;
    let of_day = following(connection, key, day - 1, day + 1).await?;
    let next = following(connection, key, day, i32::MAX).await?;
    let before = before.unwrap_or_default();
    let from = of_day.map_or(before, |(_, first)| Ord::min(before, first - 1));
    let last: Option<i64> = last_before(key, day + 1)
        .select_only()
        .column(Column::Position)
        .into_tuple()
        .one(connection)
        .await?;
    let to = next.map_or(end, |(_, first)| Ord::max(last.unwrap_or_default(), first - 1));
    Ok((from, to))
}

/// The statement of when the first of the facts after a position was recorded.
pub(super) fn of_end(key: &LaneKey, position: i64) -> Select<exchange_fact::Entity> {
    // Not of days: their index would be read from the lane's first one on.
    kept(key)
        .filter(Column::Position.gt(position))
        .select_only()
        .column_as(Column::RecordedAt.min(), "first")
}

/// The first day of the facts after a position; none if there are none.
pub(crate) async fn first_after(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    position: i64,
) -> Result<Option<i32>, DbErr> {
    let first: Option<Option<i64>> = of_end(key, position).into_tuple().one(connection).await?;
    Ok(first.flatten().map(|at| day_to_column(day_of(instant(at)))))
}

/// The day of the last fact up to a position, else of the first of all.
pub(crate) async fn of_position(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    position: i64,
) -> Result<i32, DbErr> {
    let last = up_to(key, position).select_only().column(Column::Day).into_tuple().one(connection);
    match last.await? {
        Some(day) => Ok(day),
        None => Ok(first_after(connection, key, position).await?.unwrap_or_default()),
    }
}
