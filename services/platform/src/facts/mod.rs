//! Facts: what happened, written in the same transaction as the change itself, numbered without
//! gaps in the order in which they become visible. The table is the truth; streams only announce.

mod applying;
pub mod aside;
pub mod consume;
mod cursor;
pub mod entity;
mod follow;
pub mod history;
pub mod identity;
pub mod migration;
pub mod reconcile;
pub mod reference_position;
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

/// How many facts one statement writes: SQLite takes 32,766 parameters in all.
const ROWS: usize = 5_000;
/// The most bytes of facts that are listed at once, but for a first one that is larger: a page is taken
/// in time on a slow line, too, and many of them wait at once without being too much for the server.
const PAGE_BYTES: usize = 1 << 20;

/// How many facts are sent together with their commit at most; more take the counter first and then
/// some statements, as an import's do.
const AT_ONCE: usize = 2_000;
/// How long one who takes a long turn waits for another.
const LONGEST_TURN: Duration = Duration::from_secs(16 * 60);

/// The bytes a fact is kept as: everything but its position and producer, which its place says.
/// The trace it belongs to is said where the one who writes it is not the one who asked for it;
/// elsewhere see [`commit`].
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

/// A fact to be told, and the trace it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// What happened.
    pub body: Body,
    /// The trace, as a W3C `traceparent`; empty if it is not sent.
    pub traceparent: String,
}

/// Commits what a transaction changed together with the facts that tell it, in the trace that is
/// current. Facts get their positions from the counter's row, and whoever comes next waits for that:
/// so it is the last thing a transaction locks, and since this takes the transaction nothing can
/// follow.
///
/// # Errors
/// If the store fails: whether it is durable is then known by reading only.
pub async fn commit(txn: Txn, clock: &Clock, bodies: Vec<Body>) -> Result<(), DbErr> {
    let traceparent = trace::traceparent();
    let tell = |body| Telling { body, traceparent: traceparent.clone() };
    commit_telling(txn, clock, bodies.into_iter().map(tell).collect()).await
}

/// The same, each fact in a trace of its own. PostgreSQL is sent all of it at once, the commit with it:
/// so it never waits for us with the counter in hand, and a process that is frozen or gone at this
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

/// The statement that gives facts their positions and writes them. Ids and hexadecimal digits are all
/// that stands in it.
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

/// The position of the one fact the transaction is going to write with [`insert`], for what is decided
/// by it.
pub(crate) async fn next_position(txn: &Txn) -> Result<i64, DbErr> {
    advance(txn, 1).await
}

/// Writes facts at positions the transaction has taken.
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

/// The proof that a transaction has taken the counter's row before anything else: it may write facts
/// and go on, for whoever wants what it holds waits at the counter.
#[derive(Clone, Copy)]
pub struct Turn<'a>(&'a Txn);

impl Turn<'_> {
    /// Writes facts in the trace that is current; more may follow.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn append(self, clock: &Clock, bodies: Vec<Body>) -> Result<(), DbErr> {
        let traceparent = trace::traceparent();
        let tell = |body| Telling { body, traceparent: traceparent.clone() };
        append(self.0, clock, bodies.into_iter().map(tell).collect()).await
    }
}

/// Waits until nobody else is writing facts of this service, and keeps it so until the transaction
/// ends: for what is decided on all that was written before. The first thing a transaction locks.
///
/// # Errors
/// If the store fails, or somebody keeps their turn.
pub async fn take_turn(txn: &Txn) -> Result<Turn<'_>, DbErr> {
    advance(txn, 0).await?;
    Ok(Turn(txn))
}

/// The same for what takes long, as a region's load and an import do: it waits for others of its kind,
/// and may be silent for `silence` between its statements.
///
/// # Errors
/// If the store fails.
pub async fn take_long_turn(txn: &Txn, silence: Duration) -> Result<Turn<'_>, DbErr> {
    txn.take_time(silence, LONGEST_TURN).await?;
    take_turn(txn).await
}

/// Moves the counter on; its new position.
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
    /// The place it goes on from; the producer's last fact, and nothing behind it, if the history is
    /// shorter than was asked.
    pub from: Place,
    /// The facts behind it, gapless.
    pub facts: Vec<T>,
}

/// Reads the place of a position and what follows, in one statement: so they are of one history.
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

/// The same, and the place they go on from.
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

/// A fact as it is passed on: the kept bytes with position and producer behind them, which to a reader
/// is one message. Whoever passes facts on need not take each apart and put it together again.
pub(crate) struct FactBytes {
    pub(crate) at: Place,
    pub(crate) fact: Vec<u8>,
}

/// A producer's facts after a position, encoded, and the place they go on from.
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
