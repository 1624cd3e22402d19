//! Messages to raters: one replica at a time holds a row, by a lease. The lease changes only if the
//! row is still as it was read.

use jiff::Timestamp;
use platform::{
    auth::Officer,
    database::{Store, Txn, below},
    page::Page,
};
use proto::intake::v1::MessageState;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    convert::to_column,
    entity::{message, opt_out},
    store,
};

/// Keeps new messages; an act has one of each kind, and a second is not kept.
pub(crate) async fn insert(txn: &Txn, messages: Vec<message::Model>) -> Result<(), DbErr> {
    let kept = [message::Column::ActId, message::Column::Kind];
    let kept = OnConflict::columns(kept).do_nothing().to_owned();
    for rows in store::chunks(messages) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        let insert = message::Entity::insert_many(rows).on_conflict(kept.clone());
        insert.exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Records that a phone gets no more messages.
pub(crate) async fn opt_out(
    store: &Store,
    phone_index: &[u8],
    since: Timestamp,
) -> Result<(), DbErr> {
    let row = opt_out::ActiveModel {
        phone_index: Set(phone_index.to_vec()),
        since: Set(since.as_microsecond()),
    };
    let kept = OnConflict::column(opt_out::Column::PhoneIndex).do_nothing().to_owned();
    opt_out::Entity::insert(row).on_conflict(kept).exec_without_returning(store.write()).await?;
    Ok(())
}

/// Whether a phone gets no more messages.
pub(crate) async fn has_opted_out(store: &Store, phone_index: &[u8]) -> Result<bool, DbErr> {
    let row = opt_out::Entity::find_by_id(phone_index.to_vec()).one(store.read()).await?;
    Ok(row.is_some())
}

/// Longer than any lease runs: one that ends later was taken by a clock that was ahead.
const NO_LEASE: i64 = 3_600_000_000;

/// Due messages without a lease, the longest due first.
pub(crate) async fn due(store: &Store, now: i64, limit: u64) -> Result<Vec<message::Model>, DbErr> {
    message::Entity::find()
        .filter(message::Column::State.eq(to_column(MessageState::Waiting)))
        .filter(message::Column::NextAttemptAt.lte(now))
        .filter(
            Condition::any()
                .add(message::Column::LeasedUntil.lte(now))
                .add(message::Column::LeasedUntil.gt(now.saturating_add(NO_LEASE))),
        )
        .order_by_asc(message::Column::NextAttemptAt)
        .order_by_asc(message::Column::Id)
        .limit(limit)
        .all(store.read())
        .await
}

/// How many messages are due, when the first of them was, and how many are not tried any more.
pub(crate) struct Counts {
    pub(crate) due: u64,
    pub(crate) oldest: Option<i64>,
    pub(crate) dead: u64,
}

/// Counts them, by the index that finds what is due.
pub(crate) async fn counts(store: &Store, now: i64) -> Result<Counts, DbErr> {
    let of = |state| message::Entity::find().filter(message::Column::State.eq(to_column(state)));
    let due: Option<(i64, Option<i64>)> = of(MessageState::Waiting)
        .filter(message::Column::NextAttemptAt.lte(now))
        .select_only()
        .column_as(message::Column::NextAttemptAt.count(), "n")
        .column_as(message::Column::NextAttemptAt.min(), "first")
        .into_tuple()
        .one(store.read())
        .await?;
    let (due, oldest) = due.unwrap_or_default();
    let dead = of(MessageState::Dead).count(store.read()).await?;
    Ok(Counts { due: due.unsigned_abs(), oldest, dead })
}

/// Replaces a waiting row if it is as it was read; false if someone else changed it meanwhile.
pub(crate) async fn replace(
    store: &Store,
    was: &message::Model,
    row: &message::Model,
) -> Result<bool, DbErr> {
    let replaced = message::ActiveModel {
        state: Set(row.state),
        attempts: Set(row.attempts),
        next_attempt_at: Set(row.next_attempt_at),
        leased_until: Set(row.leased_until),
        last_error: Set(row.last_error.clone()),
        sent_at: Set(row.sent_at),
        gateway_reference: Set(row.gateway_reference.clone()),
        ..Default::default()
    };
    let done = message::Entity::update_many()
        .set(replaced)
        .filter(message::Column::Id.eq(was.id))
        .filter(message::Column::State.eq(to_column(MessageState::Waiting)))
        .filter(message::Column::LeasedUntil.eq(was.leased_until))
        .filter(message::Column::Attempts.eq(was.attempts))
        .exec(store.write())
        .await?;
    Ok(done.rows_affected == 1)
}

/// A message by its identity.
pub(crate) async fn message(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<message::Model>, DbErr> {
    message::Entity::find_by_id(id).one(connection).await
}

/// Lets a message that had failed for good wait again, as if it had never been tried; false if it
/// is not in that state any more.
pub(crate) async fn revive(txn: &Txn, id: Uuid, next_attempt_at: i64) -> Result<bool, DbErr> {
    let waiting = message::ActiveModel {
        state: Set(to_column(MessageState::Waiting)),
        attempts: Set(0),
        next_attempt_at: Set(next_attempt_at),
        leased_until: Set(0),
        ..Default::default()
    };
    let done = message::Entity::update_many()
        .set(waiting)
        .filter(message::Column::Id.eq(id))
        .filter(message::Column::State.eq(to_column(MessageState::Dead)))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The messages of an officer's region and below, the newest first, one more than the page.
pub(crate) async fn messages(
    store: &Store,
    officer: &Officer,
    state: Option<MessageState>,
    page: &Page<Uuid>,
) -> Result<Vec<message::Model>, DbErr> {
    message::Entity::find()
        .filter(below(message::Column::RegionCode, officer.region_code().as_str()))
        .apply_if(state, |query, state| query.filter(message::Column::State.eq(to_column(state))))
        .apply_if(page.after, |query, before| query.filter(message::Column::Id.lt(before)))
        .order_by_desc(message::Column::Id)
        .limit(page.read_size())
        .all(store.read())
        .await
}
