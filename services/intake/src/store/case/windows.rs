//! Rating windows whose last day may still move, by a notice that is not published yet.

use platform::database::Txn;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::service_act;

/// Acts with such a window, after one in their order.
pub(crate) async fn provisional(
    connection: &impl ConnectionTrait,
    after: Uuid,
    limit: u64,
) -> Result<Vec<service_act::Model>, DbErr> {
    provisional_after(after, limit).all(connection).await
}

fn provisional_after(after: Uuid, limit: u64) -> Select<service_act::Entity> {
    service_act::Entity::find()
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("provisional AND closes_at IS NOT NULL"))
        .filter(service_act::Column::Id.gt(after))
        .order_by_asc(service_act::Column::Id)
        .limit(limit)
}

/// Some of them, locked until the transaction ends; always in one order, so that two transactions
/// cannot wait for each other.
pub(crate) async fn lock(txn: &Txn, ids: Vec<Uuid>) -> Result<Vec<service_act::Model>, DbErr> {
    service_act::Entity::find()
        .filter(service_act::Column::Id.is_in(ids))
        .filter(service_act::Column::Provisional.eq(true))
        .order_by_asc(service_act::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await
}

/// Keeps the window of a locked act under a new notice, beside the former window.
pub(crate) async fn put(txn: &Txn, act: service_act::Model) -> Result<(), DbErr> {
    let window = service_act::ActiveModel {
        closes_at: Set(act.closes_at),
        rating_window: Set(act.rating_window),
        window_before: Set(act.window_before),
        provisional: Set(act.provisional),
        default_due_at: Set(act.default_due_at),
        ..Default::default()
    };
    let this = service_act::Column::Id.eq(act.id);
    service_act::Entity::update_many().set(window).filter(this).exec(txn).await.map(drop)
}

/// Notes that the windows of locked acts do not move any more.
pub(crate) async fn settle(txn: &Txn, ids: Vec<Uuid>) -> Result<(), DbErr> {
    service_act::Entity::update_many()
        .col_expr(service_act::Column::Provisional, Expr::value(false))
        .filter(service_act::Column::Id.is_in(ids))
        .exec(txn)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn windows_that_may_move_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let statement = provisional_after(Uuid::nil(), 50).build(store.backend());
        let found = plan(&store, statement).await;
        assert!(found.contains("service_act_provisional"), "{found}");
    }
}
