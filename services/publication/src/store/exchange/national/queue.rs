//! The records that wait, and what becomes of them.

use platform::database::{Txn, many};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    ExprTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::state::{BLOCKED, CORRECTION, DONE, RATING, READY, WITHDRAWN};
use crate::entity::{
    national_case, national_level, national_link,
    national_record::{self, Column},
};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The platform has it, or the dialect does not tell it; with its receipt, and why it was not told.
    Done {
        /// The platform's name for it.
        receipt: String,
        /// Why it was not told; empty if it was.
        reason: &'static str,
    },
    /// It is tried again.
    Later {
        /// When.
        due_at: i64,
        /// Why, by name.
        reason: &'static str,
        /// The same in words.
        words: String,
    },
}

/// The statement of the records that can be told now, the oldest first.
pub(super) fn due(now: i64, limit: u64) -> Select<national_record::Entity> {
    national_record::Entity::find()
        .filter(Column::State.eq(READY))
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Position)
        .limit(limit)
}

/// The records that can be told now. No two of them need each other.
pub(crate) async fn next(
    connection: &impl ConnectionTrait,
    now: i64,
    limit: u64,
) -> Result<Vec<national_record::Model>, DbErr> {
    due(now, limit).all(connection).await
}

/// What records are built with: their cases, and the ratings that they correct.
pub(crate) async fn beside(
    connection: &impl ConnectionTrait,
    rows: &[national_record::Model],
) -> Result<(Vec<national_case::Model>, Vec<national_record::Model>), DbErr> {
    let ratings = rows.iter().filter_map(|row| row.rating_id);
    let ratings = many::by_id::<national_record::Entity>(connection, ratings).await?;
    let cases = rows.iter().chain(&ratings).filter_map(|row| row.case_id);
    let cases = many::by_id::<national_case::Entity>(connection, cases).await?;
    Ok((cases, ratings))
}

/// The reason of what the dialect never tells: it is done with, and nobody has received it.
pub(crate) const NOT_TOLD: &str = "NOT_TOLD";

/// Whether a record with this reason is held back here, and not by the platform.
pub(crate) fn is_held(reason: &str) -> bool {
    !reason.is_empty() && !reason.starts_with("PLATFORM_")
}

/// Writes down what became of a record, unless another replica has; what waited for it becomes ready. The queue
/// is held.
pub(crate) async fn settle(
    txn: &Txn,
    record: &national_record::Model,
    outcome: Outcome,
    now: i64,
) -> Result<(), DbErr> {
    let own = national_record::Entity::update_many()
        .filter(Column::Id.eq(record.id))
        .filter(Column::State.eq(READY));
    let (receipt, reason) = match outcome {
        Outcome::Later { due_at, reason, words } => {
            let later = own
                .col_expr(Column::DueAt, Expr::value(due_at))
                // While the platform takes nothing at all no record is to blame.
                .col_expr(
                    Column::Tries,
                    Expr::col(Column::Tries).add(i32::from(!reason.is_empty())),
                )
                .col_expr(Column::Reason, Expr::value(reason))
                .col_expr(Column::Words, Expr::value(words));
            later.exec(txn).await?;
            // What is held back here, perhaps for good, holds up none of its own kind.
            if is_held(reason) && record.kind != CORRECTION {
                national_record::Entity::update_many()
                    .col_expr(Column::State, Expr::value(READY))
                    .filter(Column::Needs.eq(record.id))
                    .filter(Column::Kind.eq(record.kind))
                    .filter(Column::State.eq(BLOCKED))
                    .exec(txn)
                    .await?;
            }
            return Ok(());
        }
        Outcome::Done { receipt, reason } => (receipt, reason),
    };
    let done = own
        .col_expr(Column::State, Expr::value(DONE))
        .col_expr(Column::Reason, Expr::value(reason))
        .col_expr(Column::Words, Expr::value(""))
        .col_expr(Column::Receipt, Expr::value(receipt))
        .col_expr(Column::ReceiptedAt, Expr::value(now))
        .exec(txn)
        .await?;
    if done.rows_affected == 0 {
        return Ok(());
    }
    if record.kind == RATING && reason != NOT_TOLD {
        count(txn, record.level, (0, 1)).await?;
    }
    national_record::Entity::update_many()
        .col_expr(Column::State, Expr::value(READY))
        .filter(Column::Needs.eq(record.id))
        .filter(Column::State.eq(BLOCKED))
        .exec(txn)
        .await
        .map(drop)
}

/// The key of the one row of `national_link`.
const LINK: i16 = 1;

/// A receipt came.
pub(crate) async fn receipted(txn: &Txn, now: i64) -> Result<(), DbErr> {
    let link =
        national_link::Model { id: LINK, receipted_at: Some(now), last_error: String::new() };
    let columns = [national_link::Column::ReceiptedAt, national_link::Column::LastError];
    put_link(txn, link, &columns).await
}

/// The platform failed.
pub(crate) async fn note(
    connection: &impl ConnectionTrait,
    last_error: String,
) -> Result<(), DbErr> {
    let link = national_link::Model { id: LINK, receipted_at: None, last_error };
    put_link(connection, link, &[national_link::Column::LastError]).await
}

async fn put_link(
    connection: &impl ConnectionTrait,
    link: national_link::Model,
    columns: &[national_link::Column],
) -> Result<(), DbErr> {
    let newer = OnConflict::column(national_link::Column::Id)
        .update_columns(columns.iter().copied())
        .to_owned();
    national_link::Entity::insert(link.into_active_model().reset_all())
        .on_conflict(newer)
        .exec_without_returning(connection)
        .await
        .map(drop)
}

/// How the platform answered last.
pub(crate) async fn link(
    connection: &impl ConnectionTrait,
) -> Result<Option<national_link::Model>, DbErr> {
    national_link::Entity::find_by_id(LINK).one(connection).await
}

/// Whatever was held back or refused is tried at once: the dialect, or the catalogue, may be another one.
pub(crate) async fn try_again(txn: &Txn, now: i64) -> Result<(), DbErr> {
    national_record::Entity::update_many()
        .col_expr(Column::DueAt, Expr::value(now))
        .filter(Column::State.eq(READY))
        .filter(Column::Reason.ne(""))
        .filter(Column::DueAt.gt(now))
        .exec(txn)
        .await
        .map(drop)
}

/// A withdrawn record is in the history again, at a position.
pub(super) async fn bring_back(txn: &Txn, id: Uuid, position: i64) -> Result<(), DbErr> {
    national_record::Entity::update_many()
        .col_expr(Column::State, Expr::value(DONE))
        .col_expr(Column::Position, Expr::value(position))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(WITHDRAWN))
        .exec(txn)
        .await
        .map(drop)
}

/// Adds to the counts of a level; the queue is held.
pub(super) async fn count(txn: &Txn, level: i16, (kept, done): (i64, i64)) -> Result<(), DbErr> {
    use national_level::Column::{Kept, Level, Receipted};
    let counted = national_level::Entity::update_many()
        .col_expr(Kept, Expr::col(Kept).add(kept))
        .col_expr(Receipted, Expr::col(Receipted).add(done))
        .filter(Level.eq(level))
        .exec(txn)
        .await?;
    if counted.rows_affected == 0 {
        let first = national_level::Model { level, kept, receipted: done };
        first.into_active_model().reset_all().insert(txn).await?;
    }
    Ok(())
}

/// Counts the levels anew.
pub(super) async fn recount(txn: &Txn) -> Result<(), DbErr> {
    national_level::Entity::delete_many().exec(txn).await?;
    let counted: Vec<(i16, i16, i64)> = national_record::Entity::find()
        .filter(Column::Kind.eq(RATING))
        .filter(Column::State.ne(WITHDRAWN))
        .select_only()
        .columns([Column::Level, Column::State])
        .column_as(Column::Id.count(), "n")
        .group_by(Column::Level)
        .group_by(Column::State)
        .into_tuple()
        .all(txn)
        .await?;
    for (level, state, n) in counted {
        count(txn, level, (n, if state == DONE { n } else { 0 })).await?;
    }
    Ok(())
}

/// The statement that counts what waits by level.
pub(super) fn waiting_by_level(state: i16) -> Select<national_record::Entity> {
    national_record::Entity::find()
        .filter(Column::State.eq(state))
        .select_only()
        .column(Column::Level)
        .column_as(Column::Id.count(), "n")
        .column_as(Column::RecordedAt.min(), "oldest")
        .group_by(Column::Level)
}

/// How many records of each level wait, and when the oldest was recorded: those that are ready, and those
/// behind them.
pub(crate) async fn waiting(
    connection: &impl ConnectionTrait,
) -> Result<Vec<(i16, i64, i64)>, DbErr> {
    let mut all: Vec<(i16, i64, i64)> = Vec::new();
    for state in [READY, BLOCKED] {
        all.extend(waiting_by_level(state).into_tuple::<(i16, i64, i64)>().all(connection).await?);
    }
    Ok(all)
}

/// The statement that counts what is held back by its reason.
pub(super) fn held_by_reason() -> Select<national_record::Entity> {
    national_record::Entity::find()
        .filter(Column::State.eq(READY))
        .filter(Column::Reason.gt(""))
        .select_only()
        .column(Column::Reason)
        .column_as(Column::Id.count(), "n")
        .group_by(Column::Reason)
        .order_by_asc(Column::Reason)
}

/// How many records are held back or were refused, by reason.
pub(crate) async fn held(connection: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    held_by_reason().into_tuple().all(connection).await
}

/// Some of the records that are held back or were refused for a reason.
pub(crate) async fn examples(
    connection: &impl ConnectionTrait,
    reason: &str,
    limit: u64,
) -> Result<Vec<national_record::Model>, DbErr> {
    national_record::Entity::find()
        .filter(Column::State.eq(READY))
        .filter(Column::Reason.eq(reason))
        .limit(limit)
        .all(connection)
        .await
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p10_records_that_wait_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        for (statement, index) in [
            (due(7, 16).build(store.backend()), "national_record_due"),
            (waiting_by_level(READY).build(store.backend()), "national_record_waiting"),
            (held_by_reason().build(store.backend()), "national_record_held"),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
        }
    }
}
