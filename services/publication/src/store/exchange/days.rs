//! What is kept of a day.

use platform::{
    database::Store,
    tlog::{Hash, leaf_hash, tiles::Growing},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};

use super::key::{LaneKey, kept};
use crate::entity::exchange_fact::{self, Column};

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
