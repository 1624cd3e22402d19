//! Batches that are rated as one (I10), and their open ratings.

use std::collections::HashMap;

use platform::database::{Store, Txn};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::{
    entity::{batch_rating, message, rating, service_act},
    store,
};

/// An act that can be rated with its batch: only these parts are read, since a batch may have
/// thousands.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: Uuid,
    pub(crate) region_code: String,
    pub(crate) closes_at: Option<i64>,
}

/// The acts of batches that anyone was invited to rate, each with its batch and stage, in the order
/// of creation.
pub(crate) async fn members(
    store: &Store,
    batches: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<((Uuid, i16), Member)>, DbErr> {
    use service_act::Column::{BatchId, ClosesAt, Id, Offered, RegionCode, Stage};
    let mut acts = service_act::Entity::find().select_only();
    for column in [BatchId, Stage, Id, RegionCode, ClosesAt] {
        acts = acts.column(column);
    }
    let rows: Vec<(Uuid, i16, Uuid, String, Option<i64>)> = acts
        .filter(BatchId.is_in(batches))
        .filter(Offered.eq(true))
        .order_by_asc(Id)
        .into_tuple()
        .all(store.read())
        .await?;
    let member = |(batch, stage, id, region_code, closes_at)| {
        ((batch, stage), Member { id, region_code, closes_at })
    };
    Ok(rows.into_iter().map(member).collect())
}

/// How many acts of a batch can be rated at a stage at `at`.
pub(crate) async fn size(store: &Store, batch: Uuid, stage: i16, at: i64) -> Result<u64, DbErr> {
    use service_act::Column::{BatchId, ClosesAt, Offered, Stage};
    service_act::Entity::find()
        .filter(BatchId.eq(batch))
        .filter(Stage.eq(stage))
        .filter(Offered.eq(true))
        .filter(Condition::any().add(ClosesAt.is_null()).add(ClosesAt.gt(at)))
        .count(store.read())
        .await
}

/// Whether a message about an act of a batch at a stage was sent, or will be.
pub(crate) async fn was_asked(txn: &Txn, batch: Uuid, stage: i16) -> Result<bool, DbErr> {
    let of_batch = service_act::Entity::find()
        .select_only()
        .column(service_act::Column::Id)
        .filter(service_act::Column::BatchId.eq(batch))
        .filter(service_act::Column::Stage.eq(stage))
        .into_query();
    let asked = message::Column::ActId.in_subquery(of_batch);
    Ok(message::Entity::find().filter(asked).limit(1).one(txn).await?.is_some())
}

/// Keeps new ratings of batches.
pub(crate) async fn insert(txn: &Txn, rows: Vec<batch_rating::Model>) -> Result<(), DbErr> {
    for rows in store::chunks(rows) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        batch_rating::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// The acts that get these ratings, for those that are ratings of batches.
pub(crate) async fn of_ratings(
    store: &Store,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<batch_rating::Model>, DbErr> {
    let these = batch_rating::Column::RatingId.is_in(ids);
    batch_rating::Entity::find().filter(these).all(store.read()).await
}

/// Ratings of batches, each as its rater gave it, with the acts that get it, in the order of their
/// ids.
pub(crate) async fn load(
    store: &Store,
    ids: Vec<Uuid>,
) -> Result<Vec<(rating::Model, batch_rating::Model)>, DbErr> {
    let these = rating::Column::Id.is_in(ids.iter().copied());
    let rows = rating::Entity::find().filter(these).all(store.read()).await?;
    let mut rows: HashMap<Uuid, rating::Model> = rows.into_iter().map(|r| (r.id, r)).collect();
    let mut given = of_ratings(store, ids).await?;
    given.sort_by_key(|batch| batch.rating_id);
    let pair = |batch: batch_rating::Model| Some((rows.remove(&batch.rating_id)?, batch));
    Ok(given.into_iter().filter_map(pair).collect())
}

/// When batches were rated, each with the batch and its stage.
pub(crate) async fn given_at(
    store: &Store,
    batches: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<((Uuid, i16), i64)>, DbErr> {
    use batch_rating::Column::{BatchId, GivenAt, Stage};
    let rows: Vec<(Uuid, i16, i64)> = batch_rating::Entity::find()
        .select_only()
        .columns([BatchId, Stage, GivenAt])
        .filter(BatchId.is_in(batches))
        .into_tuple()
        .all(store.read())
        .await?;
    Ok(rows.into_iter().map(|(batch, stage, at)| ((batch, stage), at)).collect())
}

/// The effective rating of a batch at a stage: a rating given here counts before paper, and of
/// several the last given counts, as for one act.
pub(crate) async fn standing(
    connection: &impl ConnectionTrait,
    batch: Uuid,
    stage: i16,
) -> Result<Option<batch_rating::Model>, DbErr> {
    use batch_rating::Column::{BatchId, GivenAt, Origin, RatingId, Stage};
    batch_rating::Entity::find()
        .filter(BatchId.eq(batch))
        .filter(Stage.eq(stage))
        .order_by_asc(Origin)
        .order_by_desc(GivenAt)
        .order_by_desc(RatingId)
        .one(connection)
        .await
}

/// A rating.
pub(crate) async fn rating(txn: &Txn, id: Uuid) -> Result<Option<rating::Model>, DbErr> {
    rating::Entity::find_by_id(id).one(txn).await
}

/// Records that some act of its batch does not have a rating yet.
pub(crate) async fn owe(store: &Store, id: Uuid) -> Result<(), DbErr> {
    batch_rating::Entity::update_many()
        .col_expr(batch_rating::Column::OwedSince, Expr::col(batch_rating::Column::GivenAt))
        .filter(batch_rating::Column::RatingId.eq(id))
        .filter(batch_rating::Column::OwedSince.is_null())
        .exec(store.write())
        .await?;
    Ok(())
}

fn owing() -> Select<batch_rating::Entity> {
    batch_rating::Entity::find().filter(batch_rating::Column::OwedSince.is_not_null())
}

/// The ratings that some act of their batch does not have yet, the oldest first.
pub(crate) async fn owed(store: &Store, limit: u64) -> Result<Vec<Uuid>, DbErr> {
    owing()
        .select_only()
        .column(batch_rating::Column::RatingId)
        .order_by_asc(batch_rating::Column::OwedSince)
        .limit(limit)
        .into_tuple()
        .all(store.read())
        .await
}

/// Records how many acts have a rating by now. Two processes may do it: neither undoes the other's
/// number.
pub(crate) async fn given(store: &Store, id: Uuid, done: i32) -> Result<(), DbErr> {
    let given = batch_rating::ActiveModel { done: Set(done), ..Default::default() };
    batch_rating::Entity::update_many()
        .set(given)
        .filter(batch_rating::Column::RatingId.eq(id))
        .filter(batch_rating::Column::Done.lt(done))
        .exec(store.write())
        .await?;
    Ok(())
}

/// Records that every act of their batches has these ratings.
pub(crate) async fn settle(store: &Store, ids: Vec<Uuid>) -> Result<(), DbErr> {
    if ids.is_empty() {
        return Ok(());
    }
    let settled = batch_rating::ActiveModel { owed_since: Set(None), ..Default::default() };
    batch_rating::Entity::update_many()
        .set(settled)
        .filter(batch_rating::Column::RatingId.is_in(ids))
        .exec(store.write())
        .await?;
    Ok(())
}
