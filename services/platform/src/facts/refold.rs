//! Folds a producer's history again from its first fact, into a store beside the one that serves, up
//! to where that one is. What serves meanwhile goes on.

use std::time::Duration;

use prost::Message as _;
use proto::fact::v1::Fact;
use sea_orm::{
    ColumnTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    sea_query::OnConflict,
};

use crate::{
    clock::Clock,
    database::{Store, Txn},
    facts::{
        self, Page,
        aside::{self, Which},
        consume::{Consumer, Obstacle},
        cursor,
        entity::{fact_cursor, fact_parked},
        history::{OtherHistory, Place, confirm},
        place_of,
    },
    status::is_row_refused,
};

/// How many facts are folded in one transaction: the more, the oftener they change the same counts.
const BATCH: u64 = 5_000;
/// How long taking over may pause between two statements, and wait for others.
const SILENCE: Duration = Duration::from_secs(600);

/// Why a history is not folded again.
#[derive(Debug, thiserror::Error)]
pub enum RefoldError {
    /// A store fails.
    #[error(transparent)]
    Store(#[from] DbErr),
    /// The producer went back to an older state meanwhile.
    #[error("{producer} went back to another history: {why}")]
    OtherHistory {
        /// The producer.
        producer: &'static str,
        /// Where the two differ.
        why: OtherHistory,
    },
    /// Facts were taken back meanwhile: what was folded until then may hold some of them.
    #[error("the facts of {0} were reconciled meanwhile")]
    Reconciled(&'static str),
}

/// Begins to fold beside, or goes on with what an earlier run left.
///
/// # Errors
/// [`RefoldError::Reconciled`] if that is of no use any more, or a store fails.
pub async fn begin(
    serving: &Store,
    beside: &Store,
    producers: &[&'static str],
) -> Result<(), RefoldError> {
    for producer in producers {
        let serves = cursor::of(serving, producer).await?.reconciled;
        let begun = cursor::of(beside, producer).await?;
        if begun.position == 0 {
            cursor::begin(beside, producer, serves).await?;
        } else if begun.reconciled != serves {
            return Err(RefoldError::Reconciled(producer));
        }
    }
    Ok(())
}

/// How far a store has folded a producer.
///
/// # Errors
/// If the store fails.
pub async fn position(store: &Store, producer: &str) -> Result<Place, DbErr> {
    Ok(cursor::place(&cursor::of(store, producer).await?))
}

/// The same within a transaction: as of the moment of what it reads.
///
/// # Errors
/// If the store fails.
pub async fn place(txn: &Txn, producer: &str) -> Result<Place, DbErr> {
    let row = fact_cursor::Entity::find_by_id(producer).one(txn).await?;
    Ok(row.as_ref().map_or(Place::START, cursor::place))
}

/// Folds the next facts of a producer, up to a position; returns how far it is then, and nothing if
/// there were none.
///
/// # Errors
/// [`RefoldError`].
pub async fn step<C: Consumer>(
    consumer: &C,
    beside: &Store,
    producer: &Store,
    until: i64,
    clock: &Clock,
) -> Result<Option<Place>, RefoldError> {
    let from = position(beside, producer.service()).await?;
    let left = u64::try_from(until - from.position).unwrap_or_default();
    let page = batch(producer, from.position, left.min(BATCH)).await?;
    let producer = producer.service();
    confirm(from, page.from).map_err(|why| RefoldError::OtherHistory { producer, why })?;
    let Some(last) = page.facts.last() else { return Ok(None) };
    let to = place_of(last);
    // Of facts that the store refuses together only the refused ones are set aside.
    let mut rest = vec![(from, page.facts.as_slice())];
    while let Some((from, facts)) = rest.pop() {
        match together(consumer, beside, producer, clock, from, facts, None).await {
            Ok(()) => {}
            Err(error) if !is_row_refused(&error) => return Err(error.into()),
            Err(error) if facts.len() == 1 => {
                let why = Some(Obstacle::Broken(error.to_string()));
                together(consumer, beside, producer, clock, from, facts, why).await?;
            }
            Err(_) => {
                let (first, second) = facts.split_at(facts.len() / 2);
                rest.extend(first.last().map(|last| (place_of(last), second)));
                rest.push((from, first));
            }
        }
    }
    Ok(Some(to))
}

/// So many facts, of as many pages as they take.
async fn batch(producer: &Store, after: i64, limit: u64) -> Result<Page<Fact>, RefoldError> {
    let mut batch = facts::page(producer, after, limit).await?;
    while let Some(left) = limit.checked_sub(batch.facts.len() as u64).filter(|left| *left > 0) {
        let Some(last) = batch.facts.last().map(place_of) else { break };
        let page = facts::page(producer, last.position, left).await?;
        let producer = producer.service();
        confirm(last, page.from).map_err(|why| RefoldError::OtherHistory { producer, why })?;
        if page.facts.is_empty() {
            break;
        }
        batch.facts.extend(page.facts);
    }
    Ok(batch)
}

/// Folds facts in one transaction with the cursor, or sets them aside for a reason.
async fn together<C: Consumer>(
    consumer: &C,
    beside: &Store,
    producer: &'static str,
    clock: &Clock,
    from: Place,
    facts: &[Fact],
    refused: Option<Obstacle>,
) -> Result<(), DbErr> {
    let Some(last) = facts.last() else { return Ok(()) };
    let txn = beside.begin().await?;
    cursor::step(&txn, producer, from, place_of(last)).await?;
    let left: Vec<(&Fact, Obstacle)> = match refused {
        Some(why) => facts.iter().map(|fact| (fact, why.clone())).collect(),
        None => apply(consumer, &txn, facts).await?,
    };
    aside::put(&txn, clock, producer, &left).await?;
    txn.commit().await
}

async fn apply<'a, C: Consumer>(
    consumer: &C,
    txn: &Txn,
    facts: &'a [Fact],
) -> Result<Vec<(&'a Fact, Obstacle)>, DbErr> {
    let known: Vec<Fact> = facts.iter().filter(|fact| fact.body.is_some()).cloned().collect();
    // What facts led to was written the first time.
    let mut left = consumer.apply(txn, &known).await?.left;
    let unknown = facts.iter().filter(|fact| fact.body.is_none());
    let what = || Obstacle::Unknown("what kind of fact it is".to_owned());
    left.extend(unknown.map(|fact| (fact.position, what())));
    let fact_at = |position| facts.iter().find(|fact| fact.position == position);
    Ok(left.into_iter().filter_map(|(at, why)| Some((fact_at(at)?, why))).collect())
}

/// Tries once more what was set aside: what it waited for may have come since.
///
/// # Errors
/// If the store fails.
pub async fn retry<C: Consumer>(
    consumer: &C,
    beside: &Store,
    producer: &str,
    clock: &Clock,
) -> Result<(), DbErr> {
    let mut after = 0;
    loop {
        let rows = aside::due(beside, producer, Which::All, after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.position;
        let facts = rows.iter().map(|row| Fact::decode(row.body.as_slice()).unwrap_or_default());
        let facts: Vec<Fact> = facts.collect();
        let txn = beside.begin().await?;
        let left = apply(consumer, &txn, &facts).await?;
        let is_left = |at: &i64| left.iter().any(|(fact, _)| fact.position.cast_signed() == *at);
        let settled = rows.iter().map(|row| row.position).filter(|at| !is_left(at));
        aside::settle(&txn, producer, settled).await?;
        aside::put(&txn, clock, producer, &left).await?;
        txn.commit().await?;
    }
}

/// Stops the serving store's consumer at its places for the rest of a transaction; returns whether
/// the store beside is at the same ones: nothing is lost and nothing is applied twice.
///
/// # Errors
/// If a store fails, or the serving one is halted: then it must be reconciled first.
/// [`RefoldError::Reconciled`] if it was since [`begin`].
pub async fn hold(
    txn: &Txn,
    beside: &Store,
    producers: &[&'static str],
) -> Result<bool, RefoldError> {
    txn.take_time(SILENCE, SILENCE).await?;
    let mut is_there = true;
    for producer in producers {
        let serves = cursor::hold(txn, producer).await?;
        let folded = cursor::of(beside, producer).await?;
        if folded.reconciled != serves.reconciled {
            return Err(RefoldError::Reconciled(producer));
        }
        is_there &= cursor::place(&folded) == cursor::place(&serves);
    }
    Ok(is_there)
}

/// Lets the serving store have set aside what the store beside has, too: both stand at the same places.
///
/// # Errors
/// If a store fails.
pub async fn take_over(txn: &Txn, beside: &Store, producers: &[&'static str]) -> Result<(), DbErr> {
    for producer in producers {
        let of = fact_parked::Column::Producer.eq(*producer);
        let aside = fact_parked::Entity::find().filter(of).all(beside.read()).await?;
        for rows in aside.chunks(500) {
            let rows = rows.iter().cloned().map(fact_parked::Model::into_active_model);
            let key = [fact_parked::Column::Producer, fact_parked::Column::Position];
            fact_parked::Entity::insert_many(rows)
                .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
                .exec_without_returning(txn)
                .await?;
        }
    }
    Ok(())
}
