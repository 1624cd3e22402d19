//! How many ratings of each level are kept, counted by blocks of positions: however long a lane is, only the
//! block in which it is cut is counted anew.

use platform::database::Txn;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    ExprTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _, Select,
    sea_query::Expr,
};

use super::key::{LaneKey, kept};
use crate::entity::{
    exchange_block::{self, Column as Block},
    exchange_fact::{self, Column},
};

/// How many positions a block has; the migration that filled the table counted by the same.
const POSITIONS: i64 = 10_000;

/// The block of a position.
pub(crate) fn block_of(position: i64) -> i32 {
    i32::try_from(position / POSITIONS).unwrap_or(i32::MAX)
}

/// The first position of a block.
fn start_of(block: i32) -> i64 {
    i64::from(block) * POSITIONS
}

/// Adds to the count of a level in a block, in a lane that is held.
pub(crate) async fn add(
    txn: &Txn,
    key: &LaneKey,
    (block, level): (i32, i16),
    n: i64,
) -> Result<(), DbErr> {
    let counted = exchange_block::Entity::update_many()
        .col_expr(Block::N, Expr::col(Block::N).add(n))
        .filter(Block::Origin.eq(&key.origin))
        .filter(Block::Producer.eq(&key.producer))
        .filter(Block::Block.eq(block))
        .filter(Block::Level.eq(level))
        .exec(txn)
        .await?;
    if counted.rows_affected == 0 {
        let (origin, producer) = (key.origin.clone(), key.producer.clone());
        let first = exchange_block::Model { origin, producer, block, level, n };
        first.into_active_model().reset_all().insert(txn).await?;
    }
    Ok(())
}

/// What a lane counts once it ends at a position: the block of its end is counted anew, from what is kept of
/// it, and no earlier one.
pub(crate) async fn cut(txn: &Txn, key: &LaneKey, end: i64) -> Result<(), DbErr> {
    let block = block_of(end);
    exchange_block::Entity::delete_many()
        .filter(Block::Origin.eq(&key.origin))
        .filter(Block::Producer.eq(&key.producer))
        .filter(Block::Block.gte(block))
        .exec(txn)
        .await?;
    for (level, n) in between(txn, key, (start_of(block), end + 1)).await? {
        add(txn, key, (block, level), n).await?;
    }
    Ok(())
}

/// The statement that sums a lane's blocks from one on.
pub(super) fn blocks(key: &LaneKey, from: i32) -> Select<exchange_block::Entity> {
    exchange_block::Entity::find()
        .filter(Block::Origin.eq(&key.origin))
        .filter(Block::Producer.eq(&key.producer))
        .filter(Block::Block.gte(from))
        .select_only()
        .column(Block::Level)
        .column_as(Expr::col(Block::N).sum().cast_as("bigint"), "n")
        .group_by(Block::Level)
}

/// How many ratings of each level are kept of a lane.
pub(crate) async fn of_lane(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
) -> Result<Vec<(i16, i64)>, DbErr> {
    blocks(key, 0).into_tuple().all(connection).await
}

/// The statement that counts the ratings from one position up to another.
pub(super) fn of(key: &LaneKey, (from, to): (i64, i64)) -> Select<exchange_fact::Entity> {
    kept(key)
        .filter(Column::Position.gte(from))
        .filter(Column::Position.lt(to))
        .filter(Column::Level.gt(0))
        .select_only()
        .column(Column::Level)
        .column_as(Column::Position.count(), "n")
        .group_by(Column::Level)
}

async fn between(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    range: (i64, i64),
) -> Result<Vec<(i16, i64)>, DbErr> {
    of(key, range).into_tuple().all(connection).await
}

/// How many ratings of each level are kept after a position; a level may be named twice.
pub(crate) async fn after(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    after: i64,
) -> Result<Vec<(i16, i64)>, DbErr> {
    let next = block_of(after) + 1;
    let mut counts = between(connection, key, (after + 1, start_of(next))).await?;
    counts.extend(blocks(key, next).into_tuple::<(i16, i64)>().all(connection).await?);
    Ok(counts)
}
