//! Acts and ratings as far as this service knows them.

use std::collections::{BTreeSet, HashMap};

use platform::{
    database::{
        Txn,
        many::{self, Column},
    },
    facts::history::Place,
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::{act, rating};

/// Acts by their ids.
pub(crate) async fn load(
    txn: &Txn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<act::Model>, DbErr> {
    many::by_id::<act::Entity>(txn, ids).await
}

/// Ratings by their ids.
pub(crate) async fn ratings(
    txn: &Txn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<rating::Model>, DbErr> {
    many::by_id::<rating::Entity>(txn, ids).await
}

/// The ids of ratings after one, in their order.
pub(crate) async fn ids_after(
    connection: &impl ConnectionTrait,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    rating::Entity::find()
        .select_only()
        .column(rating::Column::Id)
        .apply_if(after, |rows, after| rows.filter(rating::Column::Id.gt(after)))
        .order_by_asc(rating::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(connection)
        .await
}

/// Keeps what is known of acts.
pub(crate) async fn put(txn: &Txn, rows: Vec<act::Model>) -> Result<(), DbErr> {
    let effective = rows.iter().map(|row| row.effective.unwrap_or_default()).collect();
    let columns = vec![
        ("id", Column::Uuid(rows.iter().map(|row| row.id).collect())),
        ("effective", Column::Uuid(effective)),
        ("offered", Column::Bool(rows.iter().map(|row| row.offered).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
        ("fact_id", Column::Uuid(rows.iter().map(|row| row.fact_id.unwrap_or_default()).collect())),
        ("private", Column::Bool(rows.iter().map(|row| row.private).collect())),
        ("waits", Column::Text(rows.iter().map(|row| row.waits.clone()).collect())),
        ("looked", Column::Bool(rows.iter().map(|row| row.looked).collect())),
        ("counted", Column::Bytes(rows.iter().map(|row| row.counted.clone()).collect())),
        ("pain", Column::Uuid(rows.iter().map(|row| row.pain.unwrap_or_default()).collect())),
        ("act", Column::Bytes(rows.into_iter().map(|row| row.act).collect())),
    ];
    // An act's content never changes: only a row from before this version lacks it.
    let newest = "ON CONFLICT (id) DO UPDATE SET effective = excluded.effective, \
                  offered = excluded.offered, \
                  act = CASE WHEN length(act.act) = 0 THEN excluded.act ELSE act.act END, \
                  private = excluded.private, waits = excluded.waits, \
                  looked = excluded.looked, counted = excluded.counted, pain = excluded.pain, \
                  fact_position = excluded.fact_position, fact_id = excluded.fact_id";
    many::insert(txn, "act", columns, newest).await
}

/// Some of the acts whose private ratings wait in the same group: of those that were looked at, or of
/// the new ones.
pub(crate) async fn waiting(
    txn: &Txn,
    waits: &str,
    looked: bool,
    limit: Option<u64>,
) -> Result<Vec<act::Model>, DbErr> {
    waiting_for(waits, looked).limit(limit).all(txn).await
}

/// Of some acts those whose private rating was looked at.
pub(crate) async fn looked_at(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeSet<Uuid>, DbErr> {
    let rows = many::by_id::<act::Entity>(connection, ids).await?;
    Ok(rows.into_iter().filter(|row| row.looked).map(|row| row.id).collect())
}

/// Every act whose private rating waits.
pub(crate) async fn all_waiting(connection: &impl ConnectionTrait) -> Result<Vec<Uuid>, DbErr> {
    act::Entity::find()
        .select_only()
        .column(act::Column::Id)
        .filter(Expr::cust("waits <> ''"))
        .into_tuple()
        .all(connection)
        .await
}

/// Of some acts those whose private rating has entered, with the form in which it did.
pub(crate) async fn entered(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<u8>>, DbErr> {
    let rows = many::by_id::<act::Entity>(connection, ids).await?;
    let entered = rows.into_iter().filter(|row| !row.counted.is_empty());
    Ok(entered.map(|row| (row.id, row.counted)).collect())
}

fn waiting_for(waits: &str, looked: bool) -> Select<act::Entity> {
    act::Entity::find()
        .filter(act::Column::Waits.eq(waits))
        .filter(act::Column::Looked.eq(looked))
        // In these words; otherwise SQLite does not see that the index holds them all.
        .filter(Expr::cust("waits <> ''"))
        .order_by_asc(act::Column::Id)
}

/// Keeps new ratings.
pub(crate) async fn insert_ratings(txn: &Txn, rows: Vec<rating::Model>) -> Result<(), DbErr> {
    let columns = vec![
        ("id", Column::Uuid(rows.iter().map(|row| row.id).collect())),
        ("act_id", Column::Uuid(rows.iter().map(|row| row.act_id).collect())),
        ("level", Column::Small(rows.iter().map(|row| row.level).collect())),
        ("channel", Column::Small(rows.iter().map(|row| row.channel).collect())),
        ("origin", Column::Small(rows.iter().map(|row| row.origin).collect())),
        ("received_at", Column::Big(rows.iter().map(|row| row.received_at).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
        ("fact_id", Column::Uuid(rows.iter().map(|row| row.fact_id.unwrap_or_default()).collect())),
        ("private", Column::Bool(rows.iter().map(|row| row.private).collect())),
        ("rater", Column::Uuid(rows.iter().map(|row| row.rater.unwrap_or_default()).collect())),
        ("tags", Column::Text(rows.into_iter().map(|row| row.tags).collect())),
    ];
    many::insert(txn, "rating", columns, "").await
}

/// The acts whose first fact is after a position.
pub(crate) async fn acts_after(txn: &Txn, after: i64) -> Result<Vec<Uuid>, DbErr> {
    act::Entity::find()
        .select_only()
        .column(act::Column::Id)
        .filter(act::Column::FactPosition.gt(after))
        .into_tuple()
        .all(txn)
        .await
}

/// The ratings with facts after a position.
pub(crate) async fn ratings_after(txn: &Txn, after: i64) -> Result<Vec<rating::Model>, DbErr> {
    rating::Entity::find()
        .filter(rating::Column::FactPosition.gt(after))
        .order_by_asc(rating::Column::FactPosition)
        .all(txn)
        .await
}

/// Removes acts and all their ratings.
pub(crate) async fn delete(txn: &Txn, ids: impl Iterator<Item = Uuid>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = ids.collect();
    for ids in ids.chunks(500) {
        let of = rating::Column::ActId.is_in(ids.iter().copied());
        rating::Entity::delete_many().filter(of).exec(txn).await?;
        let these = act::Column::Id.is_in(ids.iter().copied());
        act::Entity::delete_many().filter(these).exec(txn).await?;
    }
    Ok(())
}

/// Removes every act and rating; returns how many acts.
pub(crate) async fn delete_all(txn: &Txn) -> Result<u64, DbErr> {
    rating::Entity::delete_many().exec(txn).await?;
    Ok(act::Entity::delete_many().exec(txn).await?.rows_affected)
}

/// The last fact of intake, at this position or before, that left a trace.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let act: Option<(i64, Option<Uuid>)> = act::Entity::find()
        .select_only()
        .columns([act::Column::FactPosition, act::Column::FactId])
        .filter(act::Column::FactPosition.lte(up_to))
        .order_by_desc(act::Column::FactPosition)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let rating: Option<(i64, Option<Uuid>)> = rating::Entity::find()
        .select_only()
        .columns([rating::Column::FactPosition, rating::Column::FactId])
        .filter(rating::Column::FactPosition.lte(up_to))
        .order_by_desc(rating::Column::FactPosition)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let last = act.into_iter().chain(rating).max_by_key(|(position, _)| *position);
    Ok(last.map(|(position, fact_id)| Place { position, fact_id: fact_id.unwrap_or_default() }))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME, entity::ticket};

    #[tokio::test]
    async fn what_waits_is_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let tickets = ticket::Entity::find().filter(ticket::Column::ActId.eq(Uuid::from_u128(7)));
        for (statement, index) in [
            (waiting_for("652301/652301-a03/1/0/5", false).build(store.backend()), "act_waits"),
            (tickets.build(store.backend()), "ticket_act"),
            (
                crate::store::disclosure::waiting_of("652301", "652301-a03").build(store.backend()),
                "ticket_waits",
            ),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index), "{found}");
        }
    }
}
