//! Default ratings: the acts whose window closed without a rating.

use std::collections::HashSet;

use platform::database::{Store, Txn};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::{rating, service_act};

/// Acts whose default rating is due, the longest due first, after the last one processed.
pub(crate) async fn due(
    store: &Store,
    now: i64,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<service_act::Model>, DbErr> {
    let (at, id) = after.unwrap_or((i64::MIN, Uuid::nil()));
    let later = Condition::any().add(service_act::Column::DefaultDueAt.gt(at)).add(
        Condition::all()
            .add(service_act::Column::DefaultDueAt.eq(at))
            .add(service_act::Column::Id.gt(id)),
    );
    service_act::Entity::find()
        .filter(service_act::Column::DefaultDueAt.lte(now))
        .filter(later)
        .order_by_asc(service_act::Column::DefaultDueAt)
        .order_by_asc(service_act::Column::Id)
        .limit(limit)
        .all(store.read())
        .await
}

/// Marks the defaults of acts as done that are due by then: meanwhile a notice may have made a window
/// longer. The returned acts belong to this transaction alone; if it is lost, they are due again.
pub(crate) async fn take(
    txn: &Txn,
    ids: Vec<Uuid>,
    now: i64,
) -> Result<Vec<service_act::Model>, DbErr> {
    service_act::Entity::update_many()
        .col_expr(service_act::Column::DefaultDueAt, Expr::value(None::<i64>))
        .filter(service_act::Column::Id.is_in(ids))
        .filter(service_act::Column::DefaultDueAt.lte(now))
        .exec_with_returning(txn)
        .await
}

/// Which of these acts have a rating.
pub(crate) async fn rated(txn: &Txn, ids: Vec<Uuid>) -> Result<HashSet<Uuid>, DbErr> {
    let rated: Vec<Uuid> = rating::Entity::find()
        .select_only()
        .column(rating::Column::ActId)
        .filter(rating::Column::ActId.is_in(ids))
        .into_tuple()
        .all(txn)
        .await?;
    Ok(rated.into_iter().collect())
}

/// Keeps new ratings.
pub(crate) async fn insert(txn: &Txn, ratings: Vec<rating::Model>) -> Result<(), DbErr> {
    let rows = ratings.into_iter().map(|row| row.into_active_model().reset_all());
    rating::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}
