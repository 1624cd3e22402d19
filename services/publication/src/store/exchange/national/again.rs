//! What the platform took and lost is told once more.

use platform::database::Txn;
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    sea_query::{Expr, Query},
};

use super::{
    queue,
    state::{BLOCKED, DONE, READY, WITHDRAWN},
};
use crate::entity::national_record::{self, Column};

/// Takes back the receipts that came within a time, in microseconds, the end excluded: those records are told
/// once more, each behind the one that it needs. Returns how many they are.
pub(crate) async fn tell_again(txn: &Txn, (from, end): (i64, i64), now: i64) -> Result<u64, DbErr> {
    super::hold(txn, &[]).await?;
    let within = || {
        Condition::all()
            .add(Column::ReceiptedAt.gte(from))
            .add(Column::ReceiptedAt.lt(end))
            .add(Column::SentAt.is_not_null())
            .add(Column::State.lt(WITHDRAWN))
    };
    let lost = || within().add(Column::State.eq(DONE));
    let again = |state: i16| {
        national_record::Entity::update_many()
            .col_expr(Column::State, Expr::value(state))
            .col_expr(Column::DueAt, Expr::value(now))
            .col_expr(Column::Tries, Expr::value(0))
            .filter(lost())
    };
    let before = |name| move |column: Column| Expr::col((name, column));
    let before = before("before");
    let mut needed = Query::select();
    needed
        .expr(Expr::value(1))
        .from_as(national_record::Entity, "before")
        .and_where(before(Column::Id).equals((national_record::Entity, Column::Needs)))
        .and_where(before(Column::ReceiptedAt).gte(from))
        .and_where(before(Column::ReceiptedAt).lt(end))
        .and_where(before(Column::SentAt).is_not_null())
        .and_where(before(Column::State).lt(WITHDRAWN));
    // A receipt stands in the way of no other until it is taken back: states first.
    let behind = again(BLOCKED).filter(Expr::exists(needed)).exec(txn).await?.rows_affected;
    let first = again(READY).exec(txn).await?.rows_affected;
    national_record::Entity::update_many()
        .col_expr(Column::ReceiptedAt, Expr::value(None::<i64>))
        .filter(within())
        .exec(txn)
        .await?;
    queue::recount(txn).await?;
    Ok(behind + first)
}
