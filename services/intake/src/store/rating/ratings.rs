//! The ratings of acts, and which of them is effective.

use domain::{
    id::{ActId, RatingId},
    rating::{RECEIPT_BYTES, effective as rating_that_stands},
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert,
    database::{Store, Txn, many},
};
use proto::r#type::v1::Origin;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbBackend, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Statement, Value,
};
use uuid::Uuid;

use crate::{entity::rating, store::chunks};

/// The ratings of an act, the newest first; a page of them after one.
pub(crate) async fn ratings_of(
    store: &Store,
    act: ActId,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<rating::Model>, DbErr> {
    use rating::Column::{ActId, Id, ReceivedAt};
    let of_act = || rating::Entity::find().filter(ActId.eq(act.0));
    let after = match after {
        Some(id) => of_act().filter(Id.eq(id)).one(store.read()).await?,
        None => None,
    };
    of_act()
        .apply_if(after, |rows, after| {
            let same = Condition::all().add(ReceivedAt.eq(after.received_at)).add(Id.lt(after.id));
            let older = ReceivedAt.lt(after.received_at);
            rows.filter(Condition::any().add(older).add(same))
        })
        .order_by_desc(ReceivedAt)
        .order_by_desc(Id)
        .limit(limit)
        .all(store.read())
        .await
}

/// A rating of an act.
pub(crate) async fn rating_of(
    store: &Store,
    act: ActId,
    id: Uuid,
) -> Result<Option<rating::Model>, DbErr> {
    let of_act = rating::Column::ActId.eq(act.0);
    rating::Entity::find_by_id(id).filter(of_act).one(store.read()).await
}

/// The ratings whose ids end like this, two at most.
pub(crate) async fn of_receipt(
    connection: &impl ConnectionTrait,
    end: &[u8; RECEIPT_BYTES],
) -> Result<Vec<rating::Model>, DbErr> {
    let statement = receipt_statement(connection.get_database_backend(), end);
    rating::Entity::find().from_raw_sql(statement).all(connection).await
}

pub(crate) fn receipt_statement(backend: DbBackend, end: &[u8; RECEIPT_BYTES]) -> Statement {
    let columns = many::columns::<rating::Entity>();
    // As in the index.
    let ends = match backend {
        DbBackend::Postgres => "substring(uuid_send(id) from 12 for 5) = $1",
        _ => "substr(id, 12, 5) = ?",
    };
    let sql = format!("SELECT {columns} FROM rating WHERE {ends} LIMIT 2");
    Statement::from_sql_and_values(backend, sql, [Value::from(end.to_vec())])
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

/// Whether an act has any rating.
pub(crate) async fn is_rated(connection: &impl ConnectionTrait, act: Uuid) -> Result<bool, DbErr> {
    let of_act = rating::Column::ActId.eq(act);
    let any = rating::Entity::find().select_only().column(rating::Column::Id).filter(of_act);
    let any: Option<Uuid> = any.limit(1).into_tuple().one(connection).await?;
    Ok(any.is_some())
}

/// Of several acts, those ratings that can be the effective one: of each origin the last given
/// ([`given_at`]), since [`effective`] chooses among those. However many an act has, four at most
/// are read.
pub(crate) async fn newest_of_acts(
    connection: &impl ConnectionTrait,
    acts: &[Uuid],
) -> Result<Vec<rating::Model>, DbErr> {
    if acts.is_empty() {
        return Ok(Vec::new());
    }
    let newest = newest_statement(connection.get_database_backend(), acts, "");
    rating::Entity::find().from_raw_sql(newest).all(connection).await
}

/// The same of those ratings that count (I09, P04): where the last one is excluded, the one before it
/// stands for its act, as in the figures.
pub(crate) async fn newest_that_count(
    connection: &impl ConnectionTrait,
    acts: &[Uuid],
) -> Result<Vec<rating::Model>, DbErr> {
    if acts.is_empty() {
        return Ok(Vec::new());
    }
    let newest = newest_statement(connection.get_database_backend(), acts, THAT_COUNTS);
    rating::Entity::find().from_raw_sql(newest).all(connection).await
}

/// Whether a rating counts, as a further condition of [`newest_statement`].
pub(crate) const THAT_COUNTS: &str = "AND NOT EXISTS (SELECT 1 FROM words_verdict
    WHERE words_verdict.rating_id = rating.id AND words_verdict.excluded)";

pub(crate) fn newest_statement(backend: DbBackend, acts: &[Uuid], which: &str) -> Statement {
    let places = (1..=acts.len()).map(|n| match backend {
        DbBackend::Postgres => format!("${n}"),
        _ => "?".to_owned(),
    });
    let (places, columns) =
        (places.collect::<Vec<_>>().join(", "), many::columns::<rating::Entity>());
    let brought = [Origin::Paper, Origin::Imported].map(|origin| i32::from(origin).to_string());
    let brought = brought.join(", ");
    let sql = format!(
        "SELECT {columns} FROM (
             SELECT {columns}, ROW_NUMBER() OVER (
                 PARTITION BY act_id, origin ORDER BY CASE
                     WHEN origin IN ({brought}) AND reported_at IS NOT NULL THEN reported_at
                     ELSE received_at END DESC, id DESC
             ) AS n
             FROM rating WHERE act_id IN ({places}) {which}
         ) AS numbered WHERE n = 1"
    );
    let acts = acts.iter().map(|id| Value::from(*id));
    Statement::from_sql_and_values(backend, sql, acts)
}

/// Which of an act's ratings is effective.
pub(crate) fn effective(ratings: &[rating::Model]) -> Option<&rating::Model> {
    let weighed = ratings.iter().filter_map(|row| {
        let origin = convert::origin(row.origin.into()).ok()?;
        Some((origin, given_at(row), RatingId(row.id)))
    });
    let (.., effective) = rating_that_stands(weighed)?;
    ratings.iter().find(|row| row.id == effective.0)
}

/// When a rating was given: this orders its act's ratings.
pub(crate) fn given_at(row: &rating::Model) -> Timestamp {
    let (received_at, said) = (instant(row.received_at), row.reported_at.map(instant));
    convert::origin(row.origin.into()).map_or(received_at, |o| o.given_at(received_at, said))
}

/// Keeps ratings that others record.
pub(crate) async fn insert_ratings(txn: &Txn, rows: Vec<rating::Model>) -> Result<(), DbErr> {
    for rows in chunks(rows) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        rating::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}
