//! Facts: what happened, written in the same transaction as the change itself, numbered without
//! gaps in the order in which they become visible. The table is the truth; streams only announce.

mod applying;
pub mod aside;
pub mod basis;
pub mod consume;
pub(crate) mod cursor;
pub mod entity;
mod follow;
pub mod history;
pub mod identity;
pub mod migration;
pub mod reconcile;
pub mod reference_position;
pub mod refold;
pub mod relay;
pub mod request_age;
pub mod service;

use std::time::Duration;

use jiff::Timestamp;
use prost::Message as _;
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};

use crate::{
    clock::{Clock, instant},
    convert::to_wire,
    database::{Store, Txn, many::hex},
    facts::{
        entity::{fact, fact_counter},
        history::Place,
    },
    telemetry::trace,
};

/// The key of the one row of `fact_counter`.
pub const COUNTER: i16 = 1;

/// How many facts one statement writes: SQLite allows 32,766 parameters in all.
const ROWS: usize = 5_000;
/// How many bytes of facts are listed at once, except for a larger first fact: a page arrives in
/// time on a slow line, too, and many pages may wait at once without overloading the server.
const PAGE_BYTES: usize = 1 << 20;

/// How many facts are sent together with their commit at most. With more, for example from an
/// import, the counter is locked first and several statements follow.
const AT_ONCE: usize = 2_000;
/// How long one long writer waits for another.
const LONGEST_TURN: Duration = Duration::from_secs(16 * 60);

/// The stored bytes of a fact: everything but its position and producer, which come from its place.
/// The trace is given here where the writer did not get the request itself; elsewhere see
/// [`commit`].
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

/// A fact to write, and its trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// What happened.
    pub body: Body,
    /// The trace, as a W3C `traceparent`; empty if it is not sent.
    pub traceparent: String,
}

/// Commits a transaction's changes together with their facts, in the current trace. Facts get their
/// positions from the counter's row, and the next writer waits for that row: so it is the
/// transaction's last lock. This function consumes the transaction, so nothing can follow.
///
/// # Errors
/// If the store fails: then only reading shows whether it is durable.
pub async fn commit(txn: Txn, clock: &Clock, bodies: Vec<Body>) -> Result<(), DbErr> {
    let traceparent = trace::traceparent();
    let tell = |body| Telling { body, traceparent: traceparent.clone() };
    commit_telling(txn, clock, bodies.into_iter().map(tell).collect()).await
}

/// The same, each fact in its own trace. PostgreSQL gets all of it at once, with the commit: so it
/// never waits for us while the counter is locked, and a process that freezes or dies at this
/// moment stops nobody.
pub(crate) async fn commit_telling(
    txn: Txn,
    clock: &Clock,
    told: Vec<Telling>,
) -> Result<(), DbErr> {
    let at_once = txn.get_database_backend() == DbBackend::Postgres && told.len() <= AT_ONCE;
    if !at_once || told.is_empty() {
        append(&txn, clock, told).await?;
        return txn.commit().await;
    }
    let at = clock.now();
    let values = told.into_iter().zip(1..).map(|(telling, n)| {
        let fact_id = clock.new_id();
        let body = encode(fact_id, at, telling.body, telling.traceparent);
        (n, fact_id, body)
    });
    txn.commit_with(&append_sql(values.collect())).await
}

/// The statement that gives facts their positions and writes them. It holds only ids and
/// hexadecimal digits.
fn append_sql(facts: Vec<(usize, uuid::Uuid, Vec<u8>)>) -> String {
    use std::fmt::Write as _;

    let count = facts.len();
    let mut sql = format!(
        "WITH counted AS (\
             UPDATE fact_counter SET position = position + {count} WHERE id = 1 RETURNING position\
         ) INSERT INTO fact (position, fact_id, body) \
         SELECT counted.position - {count} + told.n, told.fact_id, told.body FROM counted, (VALUES "
    );
    for (n, fact_id, body) in facts {
        let comma = if n == 1 { "" } else { ", " };
        // Writing into a string cannot fail.
        let _ = write!(sql, "{comma}({n}, '{fact_id}'::uuid, '\\x{}'::bytea)", hex(&body));
    }
    sql.push_str(") AS told(n, fact_id, body)");
    sql
}

/// Writes facts and gives them their positions.
async fn append(txn: &Txn, clock: &Clock, told: Vec<Telling>) -> Result<(), DbErr> {
    let count = i64::try_from(told.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(());
    }
    let last = advance(txn, count).await?;
    insert(txn, clock, last - count + 1, told).await
}

/// The position of the one fact that the transaction will write with [`insert`], for decisions that
/// need it.
pub(crate) async fn next_position(txn: &Txn) -> Result<i64, DbErr> {
    advance(txn, 1).await
}

/// Writes facts at positions the transaction has reserved.
pub(crate) async fn insert(
    txn: &Txn,
    clock: &Clock,
    first: i64,
    told: Vec<Telling>,
) -> Result<(), DbErr> {
    let at = clock.now();
    let rows = told.into_iter().zip(first..).map(|(telling, position)| {
        let fact_id = clock.new_id();
        fact::ActiveModel {
            position: Set(position),
            fact_id: Set(fact_id),
            body: Set(encode(fact_id, at, telling.body, telling.traceparent)),
        }
    });
    let rows: Vec<fact::ActiveModel> = rows.collect();
    for rows in rows.chunks(ROWS) {
        fact::Entity::insert_many(rows.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Proof that a transaction has locked the counter's row before anything else. It may write facts
/// and continue, since anyone who needs its locks waits at the counter.
#[derive(Clone, Copy)]
pub struct Turn<'a>(&'a Txn);

impl Turn<'_> {
    /// Writes facts in the current trace; more may follow.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn append(self, clock: &Clock, bodies: Vec<Body>) -> Result<(), DbErr> {
        let traceparent = trace::traceparent();
        let tell = |body| Telling { body, traceparent: traceparent.clone() };
        append(self.0, clock, bodies.into_iter().map(tell).collect()).await
    }
}

/// Waits until nobody else writes facts of this service, and blocks others until the transaction
/// ends: for decisions on everything that was written before. It is the transaction's first lock.
///
/// # Errors
/// If the store fails, or somebody does not end their turn.
pub async fn take_turn(txn: &Txn) -> Result<Turn<'_>, DbErr> {
    advance(txn, 0).await?;
    Ok(Turn(txn))
}

/// The same for long work, such as a region's load or an import: it waits for others of its kind,
/// and may pause for `silence` between its statements.
///
/// # Errors
/// If the store fails.
pub async fn take_long_turn(txn: &Txn, silence: Duration) -> Result<Turn<'_>, DbErr> {
    txn.take_time(silence, LONGEST_TURN).await?;
    take_turn(txn).await
}

/// Moves the counter; returns its new position.
async fn advance(txn: &Txn, count: i64) -> Result<i64, DbErr> {
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

/// A part of a producer's history.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The place it continues from; the producer's last fact, with nothing behind it, if the
    /// history is shorter than requested.
    pub from: Place,
    /// The facts behind it, without gaps.
    pub facts: Vec<T>,
}

/// Reads the place of a position and what follows, in one statement: so both are of one history.
async fn rows(store: &Store, after: i64, limit: u64) -> Result<Page<fact::Model>, DbErr> {
    let mut facts = fact::Entity::find()
        .filter(fact::Column::Position.gte(after))
        .order_by_asc(fact::Column::Position)
        .limit(limit.saturating_add(1))
        .all(store.read())
        .await?;
    if after <= 0 {
        facts.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        return Ok(Page { from: Place::START, facts });
    }
    if facts.first().is_some_and(|first| first.position == after) {
        return Ok(Page { from: place(&facts.remove(0)), facts });
    }
    Ok(Page { from: last(store).await?, facts: Vec::new() })
}

fn place(row: &fact::Model) -> Place {
    Place { position: row.position, fact_id: row.fact_id }
}

/// A producer's last fact.
///
/// # Errors
/// If the store fails.
pub async fn last(store: &Store) -> Result<Place, DbErr> {
    let last = fact::Entity::find()
        .order_by_desc(fact::Column::Position)
        .limit(1)
        .one(store.read())
        .await?;
    Ok(last.as_ref().map_or(Place::START, place))
}

/// A producer's facts after a position, in order; fewer than `limit` where they are many bytes.
///
/// # Errors
/// If the store fails, or a row holds no fact.
pub async fn list(store: &Store, after: i64, limit: u64) -> Result<Vec<Fact>, DbErr> {
    page(store, after, limit).await.map(|page| page.facts)
}

/// The same, and the place they continue from.
///
/// # Errors
/// If the store fails, or a row holds no fact.
pub async fn page(store: &Store, after: i64, limit: u64) -> Result<Page<Fact>, DbErr> {
    let Page { from, facts } = rows(store, after, limit).await?;
    let mut bytes = 0;
    let decoded = facts.into_iter().take_while(|row| {
        let first = bytes == 0;
        bytes += row.body.len();
        first || bytes <= PAGE_BYTES
    });
    let decoded = decoded.map(|row| {
        let mut fact = Fact::decode(row.body.as_slice())
            .map_err(|error| DbErr::Type(format!("fact {}: {error}", row.position)))?;
        fact.position = u64::try_from(row.position).unwrap_or_default();
        store.service().clone_into(&mut fact.producer);
        Ok(fact)
    });
    Ok(Page { from, facts: decoded.collect::<Result<_, DbErr>>()? })
}

/// A fact in the form for others: the stored bytes followed by position and producer, which a
/// reader sees as one message. So nobody needs to decode facts and encode them again.
pub(crate) struct FactBytes {
    pub(crate) at: Place,
    pub(crate) fact: Vec<u8>,
}

/// A producer's facts after a position, encoded, and the place they continue from.
///
/// # Errors
/// If the store fails.
pub(crate) async fn page_encoded(
    store: &Store,
    after: i64,
    limit: u64,
) -> Result<Page<FactBytes>, DbErr> {
    let Page { from, facts } = rows(store, after, limit).await?;
    let encoded = facts.into_iter().map(|row| {
        let (at, mut fact) = (place(&row), row.body);
        let behind = Fact {
            position: at.position.unsigned_abs(),
            producer: store.service().to_owned(),
            ..Fact::default()
        };
        // Encoding into a vector cannot fail.
        let _ = behind.encode(&mut fact);
        FactBytes { at, fact }
    });
    Ok(Page { from, facts: encoded.collect() })
}

/// The place of a fact.
#[must_use]
pub fn place_of(fact: &Fact) -> Place {
    Place {
        position: fact.position.cast_signed(),
        fact_id: fact.fact_id.parse().unwrap_or_default(),
    }
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
