//! Reviews of what negative ratings say.

use platform::{auth::Officer, database::Txn};
use proto::ticketing::v1::TextReviewState;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::entity::{text_review, ticket_rating};

/// How many rows one statement writes.
const ROWS: usize = 500;

/// To which tickets some ratings belong.
pub(crate) async fn tickets_of(
    txn: &Txn,
    rating_ids: Vec<Uuid>,
) -> Result<Vec<ticket_rating::Model>, DbErr> {
    let of = ticket_rating::Column::RatingId.is_in(rating_ids);
    ticket_rating::Entity::find().filter(of).all(txn).await
}

/// Keeps new reviews; one that is known stays as it is.
pub(crate) async fn insert(txn: &Txn, rows: Vec<text_review::Model>) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS) {
        let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
        let once = OnConflict::column(text_review::Column::RatingId).do_nothing().to_owned();
        text_review::Entity::insert_many(rows)
            .on_conflict(once)
            .exec_without_returning(txn)
            .await?;
    }
    Ok(())
}

/// A review in an officer's region.
pub(crate) async fn review(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    rating_id: Uuid,
) -> Result<Option<text_review::Model>, DbErr> {
    text_review::Entity::find_by_id(rating_id)
        .filter(text_review::Column::RegionCode.eq(officer.region()))
        .one(connection)
        .await
}

/// Writes a decision; false if there was one before.
pub(crate) async fn decide(txn: &Txn, row: &text_review::Model) -> Result<bool, DbErr> {
    let decided = text_review::ActiveModel {
        verdict: Set(row.verdict),
        ground: Set(row.ground),
        decided_at: Set(row.decided_at),
        decided_by: Set(row.decided_by.clone()),
        ..Default::default()
    };
    let done = text_review::Entity::update_many()
        .set(decided)
        .filter(text_review::Column::RatingId.eq(row.rating_id))
        .filter(text_review::Column::Verdict.eq(0))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes an accepted text down; false if somebody did before.
pub(crate) async fn take_down(
    txn: &Txn,
    before: &text_review::Model,
    now: &text_review::Model,
) -> Result<bool, DbErr> {
    let gone = text_review::ActiveModel {
        verdict: Set(now.verdict),
        ground: Set(now.ground),
        decided_at: Set(now.decided_at),
        decided_by: Set(now.decided_by.clone()),
        accepted_at: Set(now.accepted_at),
        accepted_by: Set(now.accepted_by.clone()),
        ..Default::default()
    };
    let done = text_review::Entity::update_many()
        .set(gone)
        .filter(text_review::Column::RatingId.eq(before.rating_id))
        .filter(text_review::Column::Verdict.eq(before.verdict))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Reviews in an officer's region, soonest due first. Those that wait have no decision, and silence
/// has not accepted them by `now`.
pub(crate) async fn reviews(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    pending_at: Option<i64>,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<text_review::Model>, DbErr> {
    listed(officer, pending_at, after, limit).all(connection).await
}

fn listed(
    officer: &Officer,
    pending_at: Option<i64>,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Select<text_review::Entity> {
    text_review::Entity::find()
        .filter(text_review::Column::RegionCode.eq(officer.region()))
        .apply_if(pending_at, |query, now| {
            let in_time = text_review::Column::DueAt.gt(now);
            let never = text_review::Column::SilenceAccepts.eq(false);
            query
                .filter(text_review::Column::Verdict.eq(0))
                .filter(Condition::any().add(in_time).add(never))
        })
        .apply_if(after, |query, (due_at, id)| {
            let same = Condition::all()
                .add(text_review::Column::DueAt.eq(due_at))
                .add(text_review::Column::RatingId.gt(id));
            let later = text_review::Column::DueAt.gt(due_at);
            query.filter(Condition::any().add(later).add(same))
        })
        .order_by_asc(text_review::Column::DueAt)
        .order_by_asc(text_review::Column::RatingId)
        .limit(limit)
}

/// Reviews without a decision whose time was over at `now`, and which silence accepts.
pub(crate) async fn lapsed(
    connection: &impl ConnectionTrait,
    now: i64,
    limit: u64,
) -> Result<Vec<text_review::Model>, DbErr> {
    lapsed_at(now, limit).all(connection).await
}

fn lapsed_at(now: i64, limit: u64) -> Select<text_review::Entity> {
    text_review::Entity::find()
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("verdict = 0"))
        .filter(text_review::Column::SilenceAccepts.eq(true))
        .filter(text_review::Column::DueAt.lte(now))
        .order_by_asc(text_review::Column::DueAt)
        .order_by_asc(text_review::Column::RatingId)
        .limit(limit)
}

/// Reviews that wait, and whose deadline may still move by a notice that is not published yet; after
/// one in their order.
pub(crate) async fn provisional(
    connection: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<Vec<text_review::Model>, DbErr> {
    provisional_after(after, limit).all(connection).await
}

fn provisional_after(after: Uuid, limit: u64) -> Select<text_review::Entity> {
    text_review::Entity::find()
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("provisional AND verdict = 0"))
        .filter(text_review::Column::RatingId.gt(after))
        .order_by_asc(text_review::Column::RatingId)
        .limit(limit)
}

/// Writes a review's deadline by a newer calendar, if it still waits with the one before; false if
/// not.
pub(crate) async fn put_deadline(
    txn: &Txn,
    before: &text_review::Model,
    now: &text_review::Model,
) -> Result<bool, DbErr> {
    let moved = text_review::ActiveModel {
        due_at: Set(now.due_at),
        deadline: Set(now.deadline.clone()),
        deadlines_before: Set(now.deadlines_before.clone()),
        provisional: Set(now.provisional),
        ..Default::default()
    };
    let done = text_review::Entity::update_many()
        .set(moved)
        .filter(text_review::Column::RatingId.eq(before.rating_id))
        .filter(text_review::Column::Deadline.eq(before.deadline.clone()))
        .filter(text_review::Column::Provisional.eq(true))
        .filter(text_review::Column::Verdict.eq(0))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Marks reviews as accepted by silence whose time is over by then, since the first instant after it:
/// a newer calendar may have moved one meanwhile. The returned ones were marked by this transaction
/// alone.
pub(crate) async fn accept_by_silence(
    txn: &Txn,
    rating_ids: Vec<Uuid>,
    now: i64,
) -> Result<Vec<text_review::Model>, DbErr> {
    let silent = i32::from(TextReviewState::AcceptedBySilence);
    text_review::Entity::update_many()
        .col_expr(text_review::Column::Verdict, Expr::value(silent))
        .col_expr(text_review::Column::DecidedAt, Expr::col(text_review::Column::DueAt))
        .filter(text_review::Column::RatingId.is_in(rating_ids))
        .filter(text_review::Column::DueAt.lte(now))
        .filter(text_review::Column::Verdict.eq(0))
        .exec_with_returning(txn)
        .await
}

/// Removes the reviews of ratings with facts after a position; returns how many.
pub(crate) async fn delete_after(txn: &Txn, after: i64) -> Result<u64, DbErr> {
    let gone = text_review::Column::FactPosition.gt(after);
    Ok(text_review::Entity::delete_many().filter(gone).exec(txn).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, TestPlace, plan, principal},
    };

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn what_waits_is_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let caller = Caller::Authority { region: REGION.to_owned() };
        let officer: Officer = principal("authority", caller);
        for (statement, index) in [
            (listed(&officer, None, Some((7, Uuid::nil())), 50), "text_review_region"),
            (lapsed_at(7, 50), "text_review_waits"),
            (provisional_after(Uuid::nil(), 50), "text_review_provisional"),
        ] {
            let found = plan(&store, statement.build(store.backend())).await;
            assert!(found.contains(index), "{found}");
        }
    }
}
