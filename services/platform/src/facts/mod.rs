//! Facts: what happened, written in the same transaction as the change itself, numbered without
//! gaps in the order in which they become visible. The table is the truth; streams only announce.

mod applying;
pub mod consume;
pub mod entity;
pub mod migration;
pub mod reference_position;
pub mod relay;
pub mod service;

use jiff::Timestamp;
use prost::Message as _;
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr,
    EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};

use crate::{
    clock::{Clock, instant},
    convert::to_wire,
    database::Store,
    facts::entity::{fact, fact_counter},
    telemetry::trace,
};

/// The key of the one row of `fact_counter`.
pub const COUNTER: i16 = 1;

/// How many facts one statement writes: SQLite takes 32,766 parameters in all.
const ROWS: usize = 5_000;
/// The most bytes of facts that are listed at once, but for a first one that is larger.
const PAGE_BYTES: usize = 4 << 20;

/// The bytes a fact is kept as: everything but its position and producer, which its place says.
/// The trace it belongs to is said where the one who writes it is not the one who asked for it;
/// elsewhere see [`append`].
#[must_use]
pub fn encode(
    fact_id: uuid::Uuid,
    recorded_at: Timestamp,
    body: Body,
    traceparent: String,
) -> Vec<u8> {
    let fact = Fact {
        position: 0,
        fact_id: fact_id.to_string(),
        producer: String::new(),
        recorded_at: Some(to_wire(recorded_at)),
        traceparent,
        body: Some(body),
    };
    fact.encode_to_vec()
}

/// Writes facts and gives them their positions and the trace that is current. The last thing a
/// transaction does before it commits: it takes the counter's row, and whoever comes next waits
/// for that.
///
/// # Errors
/// If the store fails.
pub async fn append(
    txn: &DatabaseTransaction,
    clock: &Clock,
    bodies: Vec<Body>,
) -> Result<(), DbErr> {
    let count = i64::try_from(bodies.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(());
    }
    let last = advance(txn, count).await?;
    insert(txn, clock, last - count + 1, bodies).await
}

/// The position of the one fact the transaction is going to write with [`insert`], for what is decided
/// by it.
pub(crate) async fn next_position(txn: &DatabaseTransaction) -> Result<i64, DbErr> {
    advance(txn, 1).await
}

/// Writes facts at positions the transaction has taken.
pub(crate) async fn insert(
    txn: &DatabaseTransaction,
    clock: &Clock,
    first: i64,
    bodies: Vec<Body>,
) -> Result<(), DbErr> {
    let at = clock.now();
    let traceparent = trace::traceparent();
    let rows = bodies.into_iter().zip(first..).map(|(body, position)| {
        let fact_id = clock.new_id();
        fact::ActiveModel {
            position: Set(position),
            fact_id: Set(fact_id),
            body: Set(encode(fact_id, at, body, traceparent.clone())),
        }
    });
    let rows: Vec<fact::ActiveModel> = rows.collect();
    for rows in rows.chunks(ROWS) {
        fact::Entity::insert_many(rows.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Waits until nobody else is writing facts of this service, and keeps it so until the transaction
/// ends: for what is decided on all that was written before, as a region's load is.
///
/// # Errors
/// If the store fails.
pub async fn take_turn(txn: &DatabaseTransaction) -> Result<(), DbErr> {
    advance(txn, 0).await.map(drop)
}

/// Moves the counter on; its new position.
async fn advance(txn: &DatabaseTransaction, count: i64) -> Result<i64, DbErr> {
    let sql = match txn.get_database_backend() {
        DbBackend::Postgres => {
            "UPDATE fact_counter SET position = position + $1 WHERE id = 1 RETURNING position"
        }
        _ => "UPDATE fact_counter SET position = position + ? WHERE id = 1 RETURNING position",
    };
    let statement = Statement::from_sql_and_values(txn.get_database_backend(), sql, [count.into()]);
    let row = txn.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("fact_counter has no row".to_owned()))?
        .try_get("", "position")
}

/// A producer's facts after a position, in order; fewer than `limit` where they are many bytes.
///
/// # Errors
/// If the store fails, or a row holds no fact.
pub async fn list(store: &Store, after: i64, limit: u64) -> Result<Vec<Fact>, DbErr> {
    let rows = fact::Entity::find()
        .filter(fact::Column::Position.gt(after))
        .order_by_asc(fact::Column::Position)
        .limit(limit)
        .all(store.read())
        .await?;
    let mut bytes = 0;
    rows.into_iter()
        .take_while(|row| {
            let first = bytes == 0;
            bytes += row.body.len();
            first || bytes <= PAGE_BYTES
        })
        .map(|row| {
            let mut fact = Fact::decode(row.body.as_slice())
                .map_err(|error| DbErr::Type(format!("fact {}: {error}", row.position)))?;
            fact.position = u64::try_from(row.position).unwrap_or_default();
            store.service().clone_into(&mut fact.producer);
            Ok(fact)
        })
        .collect()
}

/// The same, encoded: the kept bytes with position and producer behind them, which to a reader is one
/// message. Whoever passes facts on need not take each apart and put it together again.
///
/// # Errors
/// If the store fails.
pub(crate) async fn list_encoded(
    store: &Store,
    after: i64,
    limit: u64,
) -> Result<Vec<(i64, Vec<u8>)>, DbErr> {
    let rows = fact::Entity::find()
        .filter(fact::Column::Position.gt(after))
        .order_by_asc(fact::Column::Position)
        .limit(limit)
        .all(store.read())
        .await?;
    let encoded = rows.into_iter().map(|row| {
        let place = Fact {
            position: row.position.unsigned_abs(),
            producer: store.service().to_owned(),
            ..Fact::default()
        };
        let mut bytes = row.body;
        // Encoding into a vector cannot fail.
        let _ = place.encode(&mut bytes);
        (row.position, bytes)
    });
    Ok(encoded.collect())
}

/// The position of a producer's last fact; 0 before the first.
///
/// # Errors
/// If the store fails.
pub async fn head(store: &Store) -> Result<i64, DbErr> {
    let row = fact_counter::Entity::find_by_id(COUNTER).one(store.read()).await?;
    Ok(row.map_or(0, |row| row.position))
}

/// When a fact was recorded.
#[must_use]
pub fn recorded_at(fact: &Fact) -> Timestamp {
    fact.recorded_at
        .as_ref()
        .and_then(|at| crate::convert::from_wire(at).ok())
        .unwrap_or_else(|| instant(0))
}
