//! The one place with SQL of our own: a batch of ratings with their facts in one statement
//! (PostgreSQL) or one short transaction (SQLite). `jobs::commit_ratings` explains why.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use platform::{
    database::{
        Store,
        many::{self, hex},
    },
    facts,
};
use proto::fact::v1::fact::Body;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DbBackend, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, RuntimeErr, Statement, Value,
    sqlx::{self, Connection as _, PgConnection, Postgres, pool::PoolConnection},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::batches;
use crate::{
    config::RatingLimits,
    entity::{batch_rating, rating},
};

/// How long an idle connection can still be used.
const IDLE: Duration = Duration::from_secs(1);

/// How long a batch waits for its answer: longer than the database lets a statement run. After that
/// the way to the database is cut, or its commit waits for a disk or a standby; the next try then
/// finds the batch written, or its keys taken.
const ANSWER: Duration = Duration::from_secs(10);

/// A rating ready to be written, with its fact.
#[derive(Clone, Debug)]
pub(crate) struct NewRating {
    pub(crate) row: rating::Model,
    pub(crate) fact_id: Uuid,
    pub(crate) fact: Vec<u8>,
    /// The other acts that get it, if it is a rating of a batch: kept with it.
    pub(crate) batch: Option<batch_rating::Model>,
}

impl NewRating {
    pub(crate) fn new(row: rating::Model, fact_id: Uuid, body: Body, traceparent: String) -> Self {
        let at = platform::clock::instant(row.received_at);
        let fact = facts::encode(fact_id, at, body, traceparent);
        Self { row, fact_id, fact, batch: None }
    }
}

/// Ratings already kept under these request keys, by key.
pub(crate) async fn by_request_key(
    store: &Store,
    keys: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, rating::Model>, DbErr> {
    let statement = match store.backend() {
        DbBackend::Postgres => {
            let columns = many::columns::<rating::Entity>();
            let sql = format!("SELECT {columns} FROM rating WHERE request_key = ANY($1)");
            Statement::from_sql_and_values(DbBackend::Postgres, sql, [bytes(keys.iter().cloned())])
        }
        backend => {
            let sql = "SELECT * FROM rating \
                       WHERE request_key IN (SELECT unhex(value) FROM json_each(?))";
            let keys: Vec<String> = keys.iter().map(|key| hex(key)).collect();
            Statement::from_sql_and_values(backend, sql, [Value::from(json_strings(&keys))])
        }
    };
    let rows = rating::Entity::find().from_raw_sql(statement).all(store.write()).await?;
    Ok(rows.into_iter().map(|row| (row.request_key.clone(), row)).collect())
}

/// How many ratings each of some acts has, the others none.
pub(crate) async fn count_of(store: &Store, acts: &[Uuid]) -> Result<HashMap<Uuid, i64>, DbErr> {
    let counts: Vec<(Uuid, i64)> = rating::Entity::find()
        .select_only()
        .column(rating::Column::ActId)
        .column_as(rating::Column::Id.count(), "held")
        .filter(rating::Column::ActId.is_in(acts.iter().copied()))
        .group_by(rating::Column::ActId)
        .into_tuple()
        .all(store.write())
        .await?;
    Ok(counts.into_iter().collect())
}

/// Writes batches. It keeps PostgreSQL's connection from one batch to the next: a returned one
/// would be tested each time, with one more round trip.
#[derive(Debug)]
pub(crate) struct Writer {
    store: Store,
    held: Option<(PoolConnection<Postgres>, Instant)>,
}

impl Writer {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, held: None }
    }

    /// Writes a batch in one transaction; returns the ids written. It leaves out a rating whose
    /// request key is already kept, or is earlier in the batch, and one of an act at its limit.
    /// Durable once this returns.
    ///
    /// # Errors
    /// If the answer is lost (see [`platform::status::is_answer_lost`]) the batch may be written or
    /// not.
    pub(crate) async fn insert(
        &mut self,
        batch: &[NewRating],
        limits: RatingLimits,
    ) -> Result<HashSet<Uuid>, DbErr> {
        match self.store.backend() {
            DbBackend::Postgres => {
                let written = self.insert_postgres(batch, limits).await.map_err(query_error);
                Ok(self.store.note(written)?.into_iter().collect())
            }
            _ => insert_sqlite(&self.store, batch, limits).await,
        }
    }

    async fn insert_postgres(
        &mut self,
        batch: &[NewRating],
        limits: RatingLimits,
    ) -> Result<Vec<Uuid>, sqlx::Error> {
        // An idle one goes back to the pool, which tests it before it is used again.
        let held = self.held.take().filter(|(_, used)| used.elapsed() < IDLE);
        let mut connection = match held {
            Some((connection, _)) => connection,
            None => self.store.write().get_postgres_connection_pool().acquire().await?,
        };
        match tokio::time::timeout(ANSWER, insert_postgres(&mut connection, batch, limits)).await {
            Ok(written) => {
                let written = written?;
                self.held = Some((connection, Instant::now()));
                Ok(written)
            }
            Err(late) => {
                // Nobody may get it: it waits for an answer that may still come.
                tokio::spawn(connection.detach().close_hard());
                Err(sqlx::Error::Io(late.into()))
            }
        }
    }
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

/// For each rating its number among the batch's ratings of its act, from 1. Ratings of batches have
/// none: their limit is checked before, since all of them are written or none.
fn numbers(batch: &[NewRating]) -> Vec<i32> {
    let mut given: HashMap<Uuid, i32> = HashMap::new();
    let number = |new: &NewRating| {
        if new.row.batch_id.is_some() {
            return 0;
        }
        let given = given.entry(new.row.act_id).or_default();
        *given += 1;
        *given
    };
    batch.iter().map(number).collect()
}

async fn insert_postgres(
    connection: &mut PgConnection,
    batch: &[NewRating],
    limits: RatingLimits,
) -> Result<Vec<Uuid>, sqlx::Error> {
    const SQL: &str = "
WITH new AS (
    SELECT * FROM UNNEST(
        $1::uuid[], $2::bytea[], $3::bytea[], $4::uuid[], $5::smallint[], $6::text[], $7::text[],
        $8::bytea[], $9::boolean[], $10::smallint[], $11::smallint[], $12::boolean[],
        $13::bigint[], $14::bigint[], $15::uuid[], $16::bytea[], $17::int[], $18::uuid[],
        $19::bytea[], $20::int[]
    ) WITH ORDINALITY AS new(
        id, request_key, body_hash, act_id, level, tag_codes, tag_list_version, words, has_text,
        channel, origin, private, received_at, reported_at, batch_id, network, shown_ms, fact_id,
        fact, number, ordinal
    )
), written AS (
    INSERT INTO rating (
        id, request_key, body_hash, act_id, level, tag_codes, tag_list_version, words, has_text,
        channel, origin, private, received_at, reported_at, batch_id, network, shown_ms
    )
    SELECT
        id, request_key, body_hash, act_id, level, tag_codes, tag_list_version, words, has_text,
        channel, origin, private, received_at, reported_at, batch_id, network, shown_ms
    FROM new
    WHERE number = 0 OR ($21::bigint = 0 OR number + (
        SELECT count(*) FROM (
            SELECT FROM rating held WHERE held.act_id = new.act_id LIMIT $21::bigint
        ) AS few
    ) <= $21::bigint) AND ($22::bigint = 0 OR number + (
        SELECT count(*) FROM rating held
        WHERE held.act_id = new.act_id AND held.received_at > new.received_at - 60000000
    ) <= $22::bigint)
    ORDER BY ordinal
    ON CONFLICT (request_key) DO NOTHING
    RETURNING id
), told AS (
    SELECT new.fact_id, new.fact, row_number() OVER (ORDER BY new.ordinal) AS n,
           count(*) OVER () AS total
    FROM new JOIN written USING (id)
), counted AS (
    UPDATE fact_counter SET position = position + (SELECT count(*) FROM written) WHERE id = 1
    RETURNING position
), kept AS (
    INSERT INTO fact (position, fact_id, body)
    SELECT counted.position - told.total + told.n, told.fact_id, told.fact FROM told, counted
), batches AS (
    INSERT INTO batch_rating (
        rating_id, batch_id, stage, origin, given_at, identified, reach, acts, done, owed_since
    )
    SELECT of_batch.* FROM UNNEST(
        $23::uuid[], $24::uuid[], $25::smallint[], $26::smallint[], $27::bigint[], $28::boolean[],
        $29::text[], $30::bytea[], $31::int[], $32::bigint[]
    ) AS of_batch(
        rating_id, batch_id, stage, origin, given_at, identified, reach, acts, done, owed_since
    ) JOIN written ON written.id = of_batch.rating_id
)
SELECT id FROM written";
    // To the driver itself: it accepts columns as they are, without a value for each cell.
    let rows = || batch.iter().map(|new| &new.row);
    let batches = || batch.iter().filter_map(|new| new.batch.as_ref());
    sqlx::query_scalar(SQL)
        .bind(rows().map(|r| r.id).collect::<Vec<_>>())
        .bind(rows().map(|r| r.request_key.as_slice()).collect::<Vec<_>>())
        .bind(rows().map(|r| r.body_hash.as_slice()).collect::<Vec<_>>())
        .bind(rows().map(|r| r.act_id).collect::<Vec<_>>())
        .bind(rows().map(|r| r.level).collect::<Vec<_>>())
        .bind(rows().map(|r| r.tag_codes.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|r| r.tag_list_version.as_str()).collect::<Vec<_>>())
        .bind(rows().map(|r| r.words.as_slice()).collect::<Vec<_>>())
        .bind(rows().map(|r| r.has_text).collect::<Vec<_>>())
        .bind(rows().map(|r| r.channel).collect::<Vec<_>>())
        .bind(rows().map(|r| r.origin).collect::<Vec<_>>())
        .bind(rows().map(|r| r.private).collect::<Vec<_>>())
        .bind(rows().map(|r| r.received_at).collect::<Vec<_>>())
        .bind(rows().map(|r| r.reported_at).collect::<Vec<_>>())
        .bind(rows().map(|r| r.batch_id).collect::<Vec<_>>())
        .bind(rows().map(|r| r.network.as_deref()).collect::<Vec<_>>())
        .bind(rows().map(|r| r.shown_ms).collect::<Vec<_>>())
        .bind(batch.iter().map(|new| new.fact_id).collect::<Vec<_>>())
        .bind(batch.iter().map(|new| new.fact.as_slice()).collect::<Vec<_>>())
        .bind(numbers(batch))
        .bind(i64::from(limits.per_act))
        .bind(i64::from(limits.per_minute))
        .bind(batches().map(|b| b.rating_id).collect::<Vec<_>>())
        .bind(batches().map(|b| b.batch_id).collect::<Vec<_>>())
        .bind(batches().map(|b| b.stage).collect::<Vec<_>>())
        .bind(batches().map(|b| b.origin).collect::<Vec<_>>())
        .bind(batches().map(|b| b.given_at).collect::<Vec<_>>())
        .bind(batches().map(|b| b.identified).collect::<Vec<_>>())
        .bind(batches().map(|b| b.reach.as_str()).collect::<Vec<_>>())
        .bind(batches().map(|b| b.acts.as_slice()).collect::<Vec<_>>())
        .bind(batches().map(|b| b.done).collect::<Vec<_>>())
        .bind(batches().map(|b| b.owed_since).collect::<Vec<_>>())
        .fetch_all(connection)
        .await
}

async fn insert_sqlite(
    store: &Store,
    batch: &[NewRating],
    limits: RatingLimits,
) -> Result<HashSet<Uuid>, DbErr> {
    const RATINGS: &str = "
INSERT INTO rating (
    id, request_key, body_hash, act_id, level, tag_codes, tag_list_version, words, has_text,
    channel, origin, private, received_at, reported_at, batch_id, network, shown_ms
)
SELECT
    unhex(value ->> 0), unhex(value ->> 1), unhex(value ->> 2), unhex(value ->> 3), value ->> 4,
    value ->> 5, value ->> 6, unhex(value ->> 7), value ->> 8, value ->> 9, value ->> 10,
    value ->> 11, value ->> 12, value ->> 13, unhex(value ->> 14), unhex(value ->> 15), value ->> 16
FROM json_each(?1) WHERE (value ->> 17) = 0 OR (?2 = 0 OR (value ->> 17) + (
    SELECT count(*) FROM (
        SELECT 1 FROM rating AS held WHERE held.act_id = unhex(value ->> 3) LIMIT ?2
    )
) <= ?2) AND (?3 = 0 OR (value ->> 17) + (
    SELECT count(*) FROM rating AS held
    WHERE held.act_id = unhex(value ->> 3) AND held.received_at > (value ->> 12) - 60000000
) <= ?3)
ON CONFLICT (request_key) DO NOTHING
RETURNING id";
    const COUNT: &str =
        "UPDATE fact_counter SET position = position + ? WHERE id = 1 RETURNING position";
    const FACTS: &str = "
INSERT INTO fact (position, fact_id, body)
SELECT ? + key, unhex(value ->> 0), unhex(value ->> 1) FROM json_each(?)";
    let rating = |(new, number): (&NewRating, i32)| {
        let r = &new.row;
        json!([
            hex(r.id.as_bytes()),
            hex(&r.request_key),
            hex(&r.body_hash),
            hex(r.act_id.as_bytes()),
            r.level,
            r.tag_codes,
            r.tag_list_version,
            hex(&r.words),
            r.has_text,
            r.channel,
            r.origin,
            r.private,
            r.received_at,
            r.reported_at,
            r.batch_id.map(|id| hex(id.as_bytes())),
            r.network.as_deref().map(hex),
            r.shown_ms,
            number,
        ])
    };
    let ratings: Vec<Json> = batch.iter().zip(numbers(batch)).map(rating).collect();
    let txn = store.begin().await?;
    let statement = |sql: &str, values: Vec<Value>| {
        Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
    };
    let ratings = Json::from(ratings).to_string();
    let written = txn.query_all_raw(statement(
        RATINGS,
        vec![ratings.into(), limits.per_act.into(), limits.per_minute.into()],
    ));
    let written = written.await?;
    let written: HashSet<Uuid> =
        written.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
    let of_batches = batch.iter().filter(|new| written.contains(&new.row.id));
    batches::insert(&txn, of_batches.filter_map(|new| new.batch.clone()).collect()).await?;
    let facts: Vec<Json> = batch
        .iter()
        .filter(|new| written.contains(&new.row.id))
        .map(|new| json!([hex(new.fact_id.as_bytes()), hex(&new.fact)]))
        .collect();
    if !facts.is_empty() {
        let count = i64::try_from(facts.len()).unwrap_or(i64::MAX);
        let last = txn.query_one_raw(statement(COUNT, vec![count.into()])).await?;
        let last: i64 = last
            .ok_or_else(|| DbErr::RecordNotFound("fact_counter has no row".to_owned()))?
            .try_get("", "position")?;
        let facts = Json::from(facts).to_string();
        txn.execute_raw(statement(FACTS, vec![(last - count + 1).into(), facts.into()])).await?;
    }
    txn.commit().await?;
    Ok(written)
}

fn bytes(values: impl Iterator<Item = Vec<u8>>) -> Value {
    let values = values.map(|value| Value::Bytes(Some(value))).collect();
    Value::Array(sea_orm::sea_query::ArrayType::Bytes, Some(Box::new(values)))
}

fn json_strings(values: &[String]) -> String {
    Json::from(values.to_vec()).to_string()
}
