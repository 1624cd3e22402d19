//! What becomes of records whose facts are in no history any more. What was never sent is gone; what was sent stays
//! on record, with its receipt, as withdrawn: its number is nobody else's. What remains of a rating that was told,
//! or of its corrections, is told again as one amendment.

use platform::{database::Txn, facts::history::Place};
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    QuerySelect as _,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{
    amendment::amend,
    queue,
    state::{BLOCKED, CORRECTION, WITHDRAWN},
};
use crate::entity::{
    national_case,
    national_record::{self, Column},
    national_ticket,
};

/// Why a correction waits that nothing is going to free: its rating was never told, and is in no history.
pub(crate) const RATING_NOT_KNOWN: &str = "RATING_NOT_KNOWN";
/// What was taken back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Undone {
    /// How many records are gone: the platform was not told.
    pub(crate) untold: u64,
    /// How many records the platform has, or may have.
    pub(crate) told: u64,
    /// How many of its ratings are amended.
    pub(crate) amended: u64,
}

/// Takes back what came of a service's facts after a position; the queue reads on from there.
pub(crate) async fn forget(
    txn: &Txn,
    producer: &str,
    after: i64,
    now: i64,
) -> Result<Undone, DbErr> {
    let known = super::hold(txn, &[]).await?;
    let known = known.iter().find(|cursor| cursor.producer == producer);
    if known.is_none_or(|cursor| cursor.position <= after) {
        return Ok(Undone::default());
    }
    let lost = Condition::all()
        .add(Column::Producer.eq(producer))
        .add(Column::Position.gt(after))
        .add(Column::State.lt(WITHDRAWN));
    let told = lost.clone().add(Column::SentAt.is_not_null());
    let ratings: Vec<Uuid> = national_record::Entity::find()
        .filter(told.clone())
        .filter(Column::RatingId.is_not_null())
        .select_only()
        .column(Column::RatingId)
        .distinct()
        .into_tuple()
        .all(txn)
        .await?;
    let told = national_record::Entity::update_many()
        .col_expr(Column::State, Expr::value(WITHDRAWN))
        .filter(told)
        .exec(txn)
        .await?
        .rows_affected;
    let gone = national_record::Entity::delete_many().filter(lost).exec(txn).await?;
    if producer == "ticketing" {
        national_ticket::Entity::delete_many()
            .filter(national_ticket::Column::Position.gt(after))
            .exec(txn)
            .await?;
    } else {
        forget_cases(txn, after).await?;
        leave_orphans(txn).await?;
    }
    let amended = amend(txn, ratings, now).await?;
    queue::recount(txn).await?;
    super::move_to(txn, producer, Place { position: after, fact_id: Uuid::nil() }).await?;
    Ok(Undone { untold: gone.rows_affected, told, amended })
}

/// A case of which something was told stays known: its numbers are taken.
async fn forget_cases(txn: &Txn, after: i64) -> Result<(), DbErr> {
    let mut records = Query::select();
    records.expr(Expr::value(1)).from(national_record::Entity).and_where(
        Expr::col((national_record::Entity, Column::CaseId))
            .equals((national_case::Entity, national_case::Column::Id)),
    );
    national_case::Entity::delete_many()
        .filter(national_case::Column::Position.gt(after))
        .filter(Expr::exists(records).not())
        .exec(txn)
        .await?;
    national_case::Entity::update_many()
        .col_expr(national_case::Column::Position, Expr::value(after))
        .filter(national_case::Column::Position.gt(after))
        .exec(txn)
        .await
        .map(drop)
}

/// Corrections wait for a rating that is in no history, and no answer ever said that it is there: they are shown,
/// and are no lag. Should it come again, they are told behind it.
async fn leave_orphans(txn: &Txn) -> Result<(), DbErr> {
    let mut rating = Query::select();
    rating
        .expr(Expr::value(1))
        .from_as(national_record::Entity, "rating")
        .and_where(
            Expr::col(("rating", Column::Id)).equals((national_record::Entity, Column::RatingId)),
        )
        .cond_where(
            Condition::any()
                .add(Expr::col(("rating", Column::State)).ne(WITHDRAWN))
                .add(Expr::col(("rating", Column::ReceiptedAt)).is_not_null()),
        );
    national_record::Entity::update_many()
        .col_expr(Column::Reason, Expr::value(RATING_NOT_KNOWN))
        .filter(Column::State.eq(BLOCKED))
        .filter(Column::Kind.eq(CORRECTION))
        .filter(Expr::exists(rating).not())
        .exec(txn)
        .await
        .map(drop)
}
