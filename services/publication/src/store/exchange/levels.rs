//! How many ratings of each level are kept.

use platform::database::Txn;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    ExprTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _, Select,
    sea_query::Expr,
};

use super::key::{LaneKey, kept};
use crate::entity::{
    exchange_fact::{self, Column},
    exchange_level,
};

/// Adds to the count of a level, in a lane that is held.
pub(crate) async fn add(txn: &Txn, key: &LaneKey, level: i16, n: i64) -> Result<(), DbErr> {
    let counted = exchange_level::Entity::update_many()
        .col_expr(exchange_level::Column::N, Expr::col(exchange_level::Column::N).add(n))
        .filter(exchange_level::Column::Origin.eq(&key.origin))
        .filter(exchange_level::Column::Producer.eq(&key.producer))
        .filter(exchange_level::Column::Level.eq(level))
        .exec(txn)
        .await?;
    if counted.rows_affected == 0 {
        let first = exchange_level::Model {
            origin: key.origin.clone(),
            producer: key.producer.clone(),
            level,
            n,
        };
        first.into_active_model().reset_all().insert(txn).await?;
    }
    Ok(())
}

/// Counts a lane anew, from what is kept of it: also where rows were changed by hand.
pub(crate) async fn recount(txn: &Txn, key: &LaneKey) -> Result<(), DbErr> {
    exchange_level::Entity::delete_many()
        .filter(exchange_level::Column::Origin.eq(&key.origin))
        .filter(exchange_level::Column::Producer.eq(&key.producer))
        .exec(txn)
        .await?;
    for (level, n) in after(txn, key, 0).await? {
        add(txn, key, level, n).await?;
    }
    Ok(())
}

/// The counts of a lane.
pub(crate) async fn of_lane(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
) -> Result<Vec<exchange_level::Model>, DbErr> {
    exchange_level::Entity::find()
        .filter(exchange_level::Column::Origin.eq(&key.origin))
        .filter(exchange_level::Column::Producer.eq(&key.producer))
        .all(connection)
        .await
}

/// The statement that counts the ratings after a position.
pub(super) fn of(key: &LaneKey, after: i64) -> Select<exchange_fact::Entity> {
    kept(key)
        .filter(Column::Position.gt(after))
        .filter(Column::Level.gt(0))
        .select_only()
        .column(Column::Level)
        .column_as(Column::Position.count(), "n")
        .group_by(Column::Level)
}

/// How many ratings of each level are kept after a position.
pub(crate) async fn after(
    connection: &impl ConnectionTrait,
    key: &LaneKey,
    after: i64,
) -> Result<Vec<(i16, i64)>, DbErr> {
    of(key, after).into_tuple().all(connection).await
}
