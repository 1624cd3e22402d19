//! What the platform took and lost is told once more.

use std::time::Duration;

use platform::database::Txn;
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    UpdateMany,
    sea_query::{Expr, Query, SelectStatement},
};

use super::{
    queue,
    state::{AMENDMENT, BLOCKED, CORRECTION, DONE, READY},
};
use crate::entity::national_record::{self, Column};

/// How long each statement may take: a day of a large region has a million records.
const SILENCE: Duration = Duration::from_secs(600);

/// Takes back the receipts that came within a time, in microseconds, the end excluded, and those of what was
/// told later of the same ratings: an older correction that is told alone would undo a newer one. All of it is
/// told once more, each record behind the one that it needs. Returns how many they are.
pub(crate) async fn tell_again(txn: &Txn, (from, end): (i64, i64), now: i64) -> Result<u64, DbErr> {
    txn.take_time(SILENCE, SILENCE).await?;
    super::hold(txn, &[]).await?;
    let within = |table: &'static str| {
        let column = move |column: Column| Expr::col((table, column));
        Condition::all()
            .add(column(Column::ReceiptedAt).gte(from))
            .add(column(Column::ReceiptedAt).lt(end))
            .add(column(Column::SentAt).is_not_null())
    };
    let later = Condition::all()
        .add(Column::ReceiptedAt.gte(end))
        .add(Column::SentAt.is_not_null())
        .add(Column::Kind.is_in([CORRECTION, AMENDMENT]))
        .add(Expr::exists(
            other(Column::RatingId, Column::RatingId).cond_where(within("other")).to_owned(),
        ));
    // States first: what is blocked and has a receipt is what is taken back.
    let taken_back = all()
        .col_expr(Column::State, Expr::value(BLOCKED))
        .col_expr(Column::DueAt, Expr::value(now))
        .col_expr(Column::Tries, Expr::value(0))
        .col_expr(Column::Reason, Expr::value(""))
        .col_expr(Column::Words, Expr::value(""))
        .filter(Column::State.eq(DONE))
        .filter(Condition::any().add(within("national_record")).add(later))
        .exec(txn)
        .await?
        .rows_affected;
    let blocked =
        Condition::all().add(Column::State.eq(BLOCKED)).add(Column::ReceiptedAt.is_not_null());
    // Also of what is in no history any more: it is not there either.
    all()
        .col_expr(Column::ReceiptedAt, Expr::value(None::<i64>))
        .filter(Condition::any().add(within("national_record")).add(blocked))
        .exec(txn)
        .await?;
    let waits = |table: &'static str| {
        let column = move |column: Column| Expr::col((table, column));
        Condition::all()
            .add(column(Column::State).is_in([BLOCKED, READY]))
            .add(column(Column::DueAt).eq(now))
            .add(column(Column::SentAt).is_not_null())
            .add(column(Column::ReceiptedAt).is_null())
    };
    let needed = other(Column::Id, Column::Needs).cond_where(waits("other")).to_owned();
    // What was on its way behind one of them waits for it now.
    all()
        .col_expr(Column::State, Expr::value(BLOCKED))
        .filter(Column::State.eq(READY))
        .filter(Expr::exists(needed.clone()))
        .exec(txn)
        .await?;
    all()
        .col_expr(Column::State, Expr::value(READY))
        .filter(Column::State.eq(BLOCKED))
        .filter(waits("national_record"))
        .filter(Expr::exists(needed).not())
        .exec(txn)
        .await?;
    queue::recount(txn).await?;
    Ok(taken_back)
}

fn all() -> UpdateMany<national_record::Entity> {
    national_record::Entity::update_many()
}

/// Other records whose `theirs` is a record's `own`.
fn other(theirs: Column, own: Column) -> SelectStatement {
    let mut other = Query::select();
    other
        .expr(Expr::value(1))
        .from_as(national_record::Entity, "other")
        .and_where(Expr::col(("other", theirs)).equals((national_record::Entity, own)));
    other
}
