//! The records that wait, and what becomes of them.

use std::collections::HashMap;

use platform::database::{Txn, many};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    ExprTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select, UpdateMany,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use super::{
    amendment::amend_again,
    state::{AMENDMENT, BLOCKED, CASE, CORRECTION, DONE, RATING, READY, WITHDRAWN},
};
use crate::entity::{
    national_case, national_level, national_link,
    national_record::{self, Column},
};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The platform has it, or the dialect does not tell it; with its receipt, and why it was not told.
    Done {
        /// The platform's name for it, and its number for the service; empty and 0 if it gave none.
        receipt: Receipt,
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

/// What a platform says of a record that it took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Its name for it; empty if it gave none.
    pub(crate) name: String,
    /// Its number for the service of the case; 0 if it gave none.
    pub(crate) number: i32,
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

/// The statement of records that rest longer than the longest rest while the platform is away, from `beyond` on:
/// a clock that was ahead set that.
fn astray(beyond: i64, limit: u64) -> Select<national_record::Entity> {
    national_record::Entity::find()
        .filter(Column::State.eq(READY))
        .filter(Column::DueAt.gt(beyond))
        .filter(Column::Reason.eq(""))
        .limit(limit)
}

/// The records that can be told now. No two of them need each other.
pub(crate) async fn next(
    connection: &impl ConnectionTrait,
    (now, beyond): (i64, i64),
    limit: u64,
) -> Result<Vec<national_record::Model>, DbErr> {
    let rows = due(now, limit).all(connection).await?;
    match rows.is_empty() {
        true => astray(beyond, limit).all(connection).await,
        false => Ok(rows),
    }
}

/// What records are built with.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Their cases.
    pub(crate) cases: HashMap<Uuid, national_case::Model>,
    /// The services and ratings that they are about.
    pub(crate) records: HashMap<Uuid, national_record::Model>,
    /// The corrections of the ratings that amendments are about, in order.
    pub(crate) corrections: HashMap<Uuid, Vec<national_record::Model>>,
}

/// What records are built with.
pub(crate) async fn beside(
    connection: &impl ConnectionTrait,
    rows: &[national_record::Model],
) -> Result<Beside, DbErr> {
    let ratings = rows.iter().filter_map(|row| row.rating_id);
    let ratings = many::by_id::<national_record::Entity>(connection, ratings).await?;
    let of = |of: fn(&national_record::Model) -> Option<Uuid>| {
        rows.iter().chain(&ratings).filter_map(of).collect::<Vec<_>>()
    };
    let (acts, cases) = (of(|row| row.act_id), of(|row| row.case_id));
    let services = many::by_id::<national_record::Entity>(connection, acts).await?;
    let cases = many::by_id::<national_case::Entity>(connection, cases).await?;
    let amended = rows.iter().filter(|row| row.kind == AMENDMENT);
    let amended: Vec<_> = amended.filter_map(|row| row.rating_id).collect();
    let mut beside = Beside {
        cases: cases.into_iter().map(|case| (case.id, case)).collect(),
        records: services.into_iter().chain(ratings).map(|row| (row.id, row)).collect(),
        corrections: HashMap::new(),
    };
    for row in many::by::<national_record::Entity>(connection, "rating_id", amended).await? {
        if let (CORRECTION, Some(rating)) = (row.kind, row.rating_id) {
            beside.corrections.entry(rating).or_default().push(row);
        }
    }
    for corrections in beside.corrections.values_mut() {
        corrections.sort_by_key(|row| row.position);
    }
    Ok(beside)
}

/// Writes down that records are about to be sent, before they are: from then on the platform may have them. Returns
/// those that still are to be, with the time that is on record. An amendment that is another one by now is not.
pub(crate) async fn sending(
    txn: &Txn,
    rows: &[&national_record::Model],
    now: i64,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    national_record::Entity::update_many()
        .col_expr(Column::SentAt, Expr::value(now))
        .filter(Column::Id.is_in(ids.clone()))
        .filter(Column::State.eq(READY))
        .filter(Column::SentAt.is_null())
        .exec(txn)
        .await?;
    let still: Vec<(Uuid, i64, i64)> = national_record::Entity::find()
        .filter(Column::Id.is_in(ids))
        .filter(Column::State.eq(READY))
        .select_only()
        .columns([Column::Id, Column::RecordedAt, Column::SentAt])
        .into_tuple()
        .all(txn)
        .await?;
    let same = |id, at| rows.iter().any(|row| (row.id, row.recorded_at) == (id, at));
    let still = still.into_iter().filter(|(id, at, _)| same(*id, *at));
    Ok(still.map(|(id, _, sent_at)| (id, sent_at)).collect())
}

/// Why a receipt cannot be one of this record: the platform gave the same name, or the same number, to a record
/// of another service.
pub(crate) async fn contradiction(
    txn: &Txn,
    record: &national_record::Model,
    receipt: &Receipt,
) -> Result<Option<&'static str>, DbErr> {
    let Some(act) = record.act_id else { return Ok(None) };
    if !receipt.name.is_empty() {
        let same = national_record::Entity::find()
            .filter(Column::Receipt.eq(&receipt.name))
            // One that was lost with its record is free again.
            .filter(Column::ReceiptedAt.is_not_null())
            .filter(Column::Kind.eq(record.kind))
            .filter(Column::ActId.ne(act));
        if same.one(txn).await?.is_some() {
            return Ok(Some("it gives a name that is another service's"));
        }
    }
    if receipt.number > 0 && record.kind == CASE {
        let unnumbered =
            Condition::all().add(Column::Number.eq(0)).add(Column::Service.eq(receipt.number));
        let same = national_record::Entity::find()
            .filter(Column::CaseId.eq(record.case_id))
            .filter(Column::ReceiptedAt.is_not_null())
            .filter(Column::Kind.eq(CASE))
            .filter(Column::ActId.ne(act))
            .filter(Condition::any().add(Column::Number.eq(receipt.number)).add(unnumbered));
        if same.one(txn).await?.is_some() {
            return Ok(Some("it gives a number that is another service's"));
        }
    }
    Ok(None)
}

/// The reason of what the dialect never tells: it is done with, and nobody has received it.
pub(crate) const NOT_TOLD: &str = "NOT_TOLD";

/// Whether a record with this reason is held back here, and not by the platform.
pub(crate) fn is_held(reason: &str) -> bool {
    !reason.is_empty() && !reason.starts_with("PLATFORM_")
}

/// The reason of what the platform refused.
pub(crate) const REFUSED: &str = "PLATFORM_REFUSED";
/// After how many refusals what goes before a record is told again.
const PATIENCE: i32 = 3;

/// Writes down what became of a record, unless another replica has; what waited for it becomes ready. The queue
/// is held.
pub(crate) async fn settle(
    txn: &Txn,
    record: &national_record::Model,
    outcome: Outcome,
    now: i64,
) -> Result<(), DbErr> {
    match outcome {
        Outcome::Later { due_at, reason, words } => {
            put_off(txn, record, (due_at, reason, words), now).await
        }
        Outcome::Done { receipt, reason } => finish(txn, record, (receipt, reason), now).await,
    }
}

/// The record, as it was when it was read: an amendment may be another one by now.
fn as_read(record: &national_record::Model) -> UpdateMany<national_record::Entity> {
    national_record::Entity::update_many()
        .filter(Column::Id.eq(record.id))
        .filter(Column::State.eq(READY))
        .apply_if(record.sent_at, |own, sent_at| own.filter(Column::SentAt.eq(sent_at)))
}

async fn put_off(
    txn: &Txn,
    record: &national_record::Model,
    (due_at, reason, words): (i64, &'static str, String),
    now: i64,
) -> Result<(), DbErr> {
    as_read(record)
        .col_expr(Column::DueAt, Expr::value(due_at))
        // While the platform takes nothing at all no record is to blame.
        .col_expr(Column::Tries, Expr::col(Column::Tries).add(i32::from(!reason.is_empty())))
        .col_expr(Column::Reason, Expr::value(reason))
        .col_expr(Column::Words, Expr::value(words))
        .exec(txn)
        .await?;
    // What is held back here, perhaps for good, holds up none of its own kind.
    if is_held(reason) && record.kind != CORRECTION {
        free(txn, record, Some(record.kind)).await?;
    }
    // The platform may have lost what goes before it: nobody can ask, so that is told again.
    if let (REFUSED, Some(before)) = (reason, record.needs)
        && (record.tries + 1) % PATIENCE == 0
    {
        national_record::Entity::update_many()
            .col_expr(Column::State, Expr::value(READY))
            .col_expr(Column::DueAt, Expr::value(now))
            .filter(Column::Id.eq(before))
            .filter(Column::State.eq(DONE))
            .filter(Column::SentAt.is_not_null())
            .exec(txn)
            .await?;
    }
    Ok(())
}

async fn finish(
    txn: &Txn,
    record: &national_record::Model,
    (receipt, reason): (Receipt, &'static str),
    now: i64,
) -> Result<(), DbErr> {
    let receipted = |rows: UpdateMany<national_record::Entity>| {
        let mut rows = rows.col_expr(Column::ReceiptedAt, Expr::value(now));
        // A receipt stays: told again, it is there already, and has no new one.
        if !receipt.name.is_empty() {
            rows = rows.col_expr(Column::Receipt, Expr::value(receipt.name.as_str()));
        }
        if receipt.number > 0 {
            rows = rows.col_expr(Column::Number, Expr::value(receipt.number));
        }
        rows
    };
    let own = as_read(record)
        .col_expr(Column::State, Expr::value(DONE))
        .col_expr(Column::Reason, Expr::value(reason))
        .col_expr(Column::Words, Expr::value(""));
    if receipted(own).exec(txn).await?.rows_affected == 0 {
        // Withdrawn while it was on its way.
        let withdrawn = national_record::Entity::update_many()
            .filter(Column::Id.eq(record.id))
            .filter(Column::State.eq(WITHDRAWN))
            .filter(Column::ReceiptedAt.is_null());
        receipted(withdrawn).exec(txn).await?;
        let rating = record.rating_id.filter(|_| record.kind == RATING);
        return amend_again(txn, rating.into_iter().collect(), now).await;
    }
    if record.kind == RATING && reason != NOT_TOLD && record.receipted_at.is_none() {
        count(txn, record.level, (0, 1)).await?;
    }
    free(txn, record, None).await
}

/// What waits for a record becomes ready, or only what is of one kind.
async fn free(txn: &Txn, record: &national_record::Model, kind: Option<i16>) -> Result<(), DbErr> {
    national_record::Entity::update_many()
        .col_expr(Column::State, Expr::value(READY))
        .filter(Column::Needs.eq(record.id))
        .filter(Column::State.eq(BLOCKED))
        .apply_if(kind, |rows, kind| rows.filter(Column::Kind.eq(kind)))
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

/// A withdrawn record is in the history again, at a position: as it was, or to be told again if no answer came.
/// Returns the rating that it is, or corrects.
pub(super) async fn bring_back(txn: &Txn, id: Uuid, position: i64) -> Result<Option<Uuid>, DbErr> {
    let row = national_record::Entity::find_by_id(id).filter(Column::State.eq(WITHDRAWN));
    let Some(row) = row.one(txn).await? else { return Ok(None) };
    let is_there = row.receipted_at.is_some();
    national_record::Entity::update_many()
        .col_expr(Column::State, Expr::value(if is_there { DONE } else { READY }))
        .col_expr(Column::Position, Expr::value(position))
        .filter(Column::Id.eq(id))
        .exec(txn)
        .await?;
    if row.kind == RATING {
        count(txn, row.level, (1, i64::from(is_there))).await?;
    }
    Ok(row.rating_id)
}

/// Ratings are known now: what was known of them before waits for them, and no more in vain.
pub(super) async fn adopt(txn: &Txn, ratings: Vec<Uuid>) -> Result<(), DbErr> {
    national_record::Entity::update_many()
        .col_expr(Column::Reason, Expr::value(""))
        .filter(Column::RatingId.is_in(ratings))
        .filter(Column::Kind.eq(CORRECTION))
        .filter(Column::State.eq(BLOCKED))
        .filter(Column::Reason.ne(""))
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
    let ratings = national_record::Entity::find()
        .filter(Column::Kind.eq(RATING))
        .filter(Column::State.ne(WITHDRAWN))
        .select_only()
        .column(Column::Level)
        .column_as(Column::Id.count(), "n")
        .group_by(Column::Level);
    let receipted = ratings
        .clone()
        .filter(Column::ReceiptedAt.is_not_null())
        .filter(Column::Reason.ne(NOT_TOLD));
    for (level, n) in ratings.into_tuple::<(i16, i64)>().all(txn).await? {
        count(txn, level, (n, 0)).await?;
    }
    for (level, n) in receipted.into_tuple::<(i16, i64)>().all(txn).await? {
        count(txn, level, (0, n)).await?;
    }
    Ok(())
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
        for statement in [due(7, 16), astray(7, 16)] {
            let (statement, index) = (statement.build(store.backend()), "national_record_");
            let found = plan(&store, statement).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
        }
    }
}
