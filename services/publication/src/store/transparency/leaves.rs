//! Which rating each leaf is.

use std::collections::BTreeSet;

use platform::database::{
    Txn,
    many::{self, Column},
};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Select,
};
use uuid::Uuid;

use crate::entity::leaf;

/// Which of some ratings have a leaf.
pub(crate) async fn known(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<BTreeSet<Uuid>, DbErr> {
    let rows = many::by_id::<leaf::Entity>(connection, ids).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Keeps new leaves.
pub(crate) async fn insert(txn: &Txn, rows: Vec<leaf::Model>) -> Result<(), DbErr> {
    let columns = vec![
        ("id", Column::Uuid(rows.iter().map(|row| row.id).collect())),
        ("number", Column::Big(rows.iter().map(|row| row.number).collect())),
        ("code", Column::Big(rows.iter().map(|row| row.code).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
        ("remainder", Column::Bytes(rows.into_iter().map(|row| row.remainder).collect())),
    ];
    many::insert(txn, "leaf", columns, "").await
}

/// The leaves below a size whose ratings may have a receipt code, at most so many.
pub(crate) async fn of_code(
    connection: &impl ConnectionTrait,
    code: i64,
    limit: u64,
) -> Result<Vec<leaf::Model>, DbErr> {
    by_code(code).limit(limit).all(connection).await
}

fn by_code(code: i64) -> Select<leaf::Entity> {
    leaf::Entity::find().filter(leaf::Column::Code.eq(code)).order_by_asc(leaf::Column::Number)
}

/// The leaves from one number up to another, in order.
pub(crate) async fn between(
    connection: &impl ConnectionTrait,
    from: i64,
    to: i64,
) -> Result<Vec<leaf::Model>, DbErr> {
    leaf::Entity::find()
        .filter(leaf::Column::Number.gte(from))
        .filter(leaf::Column::Number.lt(to))
        .order_by_asc(leaf::Column::Number)
        .all(connection)
        .await
}

fn by_fact((after, to): (i64, i64)) -> Select<leaf::Entity> {
    leaf::Entity::find()
        .filter(leaf::Column::FactPosition.gt(after))
        .filter(leaf::Column::FactPosition.lte(to))
}

/// The leaves whose facts are after one position and up to another.
pub(crate) async fn of_facts(
    connection: &impl ConnectionTrait,
    range: (i64, i64),
) -> Result<Vec<leaf::Model>, DbErr> {
    by_fact(range).all(connection).await
}

/// The position of the last fact that has a leaf; 0 if none has.
pub(crate) async fn last_position(connection: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let last: Option<Option<i64>> = leaf::Entity::find()
        .select_only()
        .column_as(leaf::Column::FactPosition.max(), "last")
        .into_tuple()
        .one(connection)
        .await?;
    Ok(last.flatten().unwrap_or_default())
}

/// The number of the first leaf whose fact is after a position.
pub(crate) async fn first_after(txn: &Txn, position: i64) -> Result<Option<i64>, DbErr> {
    let first: Option<Option<i64>> = leaf::Entity::find()
        .select_only()
        .column_as(leaf::Column::Number.min(), "first")
        .filter(leaf::Column::FactPosition.gt(position))
        .into_tuple()
        .one(txn)
        .await?;
    Ok(first.flatten())
}

/// Of the leaves from a number on, those whose facts are at a position or before, in order: they came late.
pub(crate) async fn late(txn: &Txn, from: i64, position: i64) -> Result<Vec<leaf::Model>, DbErr> {
    leaf::Entity::find()
        .filter(leaf::Column::Number.gte(from))
        .filter(leaf::Column::FactPosition.lte(position))
        .order_by_asc(leaf::Column::Number)
        .all(txn)
        .await
}

/// Removes the leaves from a number on.
pub(crate) async fn delete_from(txn: &Txn, from: i64) -> Result<u64, DbErr> {
    let gone = leaf::Entity::delete_many().filter(leaf::Column::Number.gte(from));
    Ok(gone.exec(txn).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn i22_a_leaf_is_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let after = leaf::Entity::find().filter(leaf::Column::FactPosition.gt(7));
        let range = leaf::Entity::find().filter(leaf::Column::Number.gte(7));
        let range = range.filter(leaf::Column::Number.lt(9));
        for (statement, index) in [
            (by_code(7).build(store.backend()), "leaf_code"),
            (after.build(store.backend()), "leaf_fact_position"),
            (by_fact((7, 9)).build(store.backend()), "leaf_fact_position"),
            (range.build(store.backend()), "leaf"),
        ] {
            let found = plan(&store, statement).await;
            assert!(found.contains(index) && !found.contains("Seq Scan"), "{found}");
        }
    }
}
