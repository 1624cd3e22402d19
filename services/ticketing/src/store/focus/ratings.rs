//! The ratings behind the counts.

use std::collections::{BTreeSet, HashSet};

use platform::{
    database::{
        Txn,
        many::{self, Column},
    },
    facts::history::Place,
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::Set,
    ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement, Value,
    sea_query::{ArrayType, OnConflict},
};
use uuid::Uuid;

use crate::entity::{focus_excluded, focus_rating};

/// All ratings of some acts, locked until this transaction ends: whoever changes which of them
/// counts waits. In one order, so that two transactions wait and do not block each other.
pub(crate) async fn of_acts(
    txn: &Txn,
    act_ids: BTreeSet<Uuid>,
) -> Result<Vec<focus_rating::Model>, DbErr> {
    if act_ids.is_empty() {
        return Ok(Vec::new());
    }
    let asked = ratings_of_acts(txn.get_database_backend(), act_ids);
    focus_rating::Entity::find().from_raw_sql(asked).all(txn).await
}

fn ratings_of_acts(backend: DbBackend, act_ids: BTreeSet<Uuid>) -> Statement {
    let (among, ids) = among(backend, act_ids);
    // SQLite has one writer.
    let lock = if backend == DbBackend::Postgres { "FOR UPDATE" } else { "" };
    let columns = many::columns::<focus_rating::Entity>();
    let sql = format!(
        "SELECT {columns} FROM focus_rating WHERE act_id {among} ORDER BY act_id, rating_id {lock}"
    );
    Statement::from_sql_and_values(backend, sql, [ids])
}

/// A condition with one parameter, however many ids there are.
fn among(backend: DbBackend, ids: BTreeSet<Uuid>) -> (&'static str, Value) {
    match backend {
        DbBackend::Postgres => {
            let ids = ids.into_iter().map(Value::from).collect();
            ("= ANY($1)", Value::Array(ArrayType::Uuid, Some(Box::new(ids))))
        }
        _ => {
            let ids = ids.iter().map(|id| format!("\"{}\"", many::hex(id.as_bytes())));
            let ids = format!("[{}]", ids.collect::<Vec<_>>().join(","));
            ("IN (SELECT unhex(value) FROM json_each(?))", ids.into())
        }
    }
}

/// Which of some ratings are excluded, whether they are known or not.
pub(crate) async fn excluded(txn: &Txn, ids: BTreeSet<Uuid>) -> Result<HashSet<Uuid>, DbErr> {
    let backend = txn.get_database_backend();
    let (among, ids) = among(backend, ids);
    let sql = format!("SELECT rating_id FROM focus_excluded WHERE rating_id {among}");
    let asked = Statement::from_sql_and_values(backend, sql, [ids]);
    let rows = focus_excluded::Entity::find().from_raw_sql(asked).all(txn).await?;
    Ok(rows.into_iter().map(|row| row.rating_id).collect())
}

/// Keeps new ratings.
pub(crate) async fn insert(txn: &Txn, rows: Vec<focus_rating::Model>) -> Result<(), DbErr> {
    let text = |of: fn(&focus_rating::Model) -> &String| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    let columns = vec![
        ("rating_id", Column::Uuid(rows.iter().map(|row| row.rating_id).collect())),
        ("act_id", Column::Uuid(rows.iter().map(|row| row.act_id).collect())),
        ("origin", Column::Small(rows.iter().map(|row| row.origin).collect())),
        ("given_at", Column::Big(rows.iter().map(|row| row.given_at).collect())),
        ("level", Column::Small(rows.iter().map(|row| row.level).collect())),
        ("region_code", text(|row| &row.region_code)),
        ("agency_id", text(|row| &row.agency_id)),
        ("staff_id", text(|row| &row.staff_id)),
        ("line_id", text(|row| &row.line_id)),
        ("item_code", text(|row| &row.item_code)),
        ("tags", text(|row| &row.tags)),
        ("excluded", Column::Bool(rows.iter().map(|row| row.excluded).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
        ("fact_id", Column::Uuid(rows.iter().map(|row| row.fact_id.unwrap_or_default()).collect())),
    ];
    many::insert(txn, "focus_rating", columns, "").await
}

/// The act of a rating; none if the rating is not known.
pub(crate) async fn act_of(txn: &Txn, rating_id: Uuid) -> Result<Option<Uuid>, DbErr> {
    let row = focus_rating::Entity::find_by_id(rating_id).one(txn).await?;
    Ok(row.map(|row| row.act_id))
}

/// Keeps that a rating is excluded, or that it is not any more.
pub(crate) async fn set_excluded(
    txn: &Txn,
    rating_id: Uuid,
    is_excluded: bool,
) -> Result<(), DbErr> {
    if is_excluded {
        let row = focus_excluded::Model { rating_id }.into_active_model().reset_all();
        let once = OnConflict::column(focus_excluded::Column::RatingId).do_nothing().to_owned();
        let row = focus_excluded::Entity::insert(row).on_conflict(once);
        row.exec_without_returning(txn).await?;
    } else {
        focus_excluded::Entity::delete_by_id(rating_id).exec(txn).await?;
    }
    let changed = focus_rating::ActiveModel { excluded: Set(is_excluded), ..Default::default() };
    focus_rating::Entity::update_many()
        .set(changed)
        .filter(focus_rating::Column::RatingId.eq(rating_id))
        .exec(txn)
        .await?;
    Ok(())
}

/// The acts that have a rating with a fact after a position.
pub(crate) async fn acts_after(txn: &Txn, after: i64) -> Result<BTreeSet<Uuid>, DbErr> {
    let acts: Vec<Uuid> = focus_rating::Entity::find()
        .select_only()
        .column(focus_rating::Column::ActId)
        .distinct()
        .filter(focus_rating::Column::FactPosition.gt(after))
        .into_tuple()
        .all(txn)
        .await?;
    Ok(acts.into_iter().collect())
}

/// Removes the ratings with facts after a position.
pub(crate) async fn delete_after(txn: &Txn, after: i64) -> Result<u64, DbErr> {
    let told = focus_rating::Column::FactPosition.gt(after);
    Ok(focus_rating::Entity::delete_many().filter(told).exec(txn).await?.rows_affected)
}

/// The last fact of intake, at this position or before, that brought a rating.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last = focus_rating::Entity::find()
        .filter(focus_rating::Column::FactPosition.lte(up_to))
        .order_by_desc(focus_rating::Column::FactPosition)
        .limit(1)
        .one(connection)
        .await?;
    Ok(last
        .map(|row| Place { position: row.fact_position, fact_id: row.fact_id.unwrap_or_default() }))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn t12_the_ratings_of_a_batchs_acts_are_found_by_an_index_in_one_query() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let ids: BTreeSet<Uuid> = (0..200).map(Uuid::from_u128).collect();
        let found = plan(&store, ratings_of_acts(store.backend(), ids)).await;
        assert!(found.contains("focus_rating_act"), "{found}");
    }
}
