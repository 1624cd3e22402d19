//! Brings a consumer back to its producer's history after the producer went back to an older state
//! (failover to a standby that lagged, a restored backup). What was applied from facts that are in
//! no history any more is taken back, by facts of the consumer's own. What remains of the things
//! they were about is computed again. Then following continues from the last common place. Until it
//! reaches the producer's old position, the data count as not whole.

use std::time::Duration;

use proto::fact::v1::{Fact, HistoryReconciled, fact::Body};
use sea_orm::DbErr;

use crate::{
    clock::Clock,
    database::Store,
    facts::{
        self, aside, commit,
        consume::{ApplyOutcome, Consumer, Obstacle, Retraction},
        cursor,
        history::Place,
    },
};

/// How many things that are taken back are named on record; the rest are counted.
const NAMED: usize = 50;
/// How long reading a history may take, with no writes, and how long to wait for others.
const SILENCE: Duration = Duration::from_secs(1_800);
/// How many of the producer's facts are read at once.
const PAGE: u64 = 1_000;

/// What will be done, or was done.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The service that followed.
    pub consumer: &'static str,
    /// The producer it followed.
    pub producer: &'static str,
    /// The last fact that was applied.
    pub applied: Place,
    /// The last fact that both have.
    pub common: Place,
    /// The producer's last fact.
    pub head: Place,
    /// What is taken back, in words: the first of it, and the number of the others.
    pub undone: Vec<String>,
    /// How much is taken back.
    pub undone_count: usize,
}

impl Plan {
    /// How many facts of the producer are applied once following continues.
    #[must_use]
    pub fn to_apply(&self) -> i64 {
        self.head.position - self.common.position
    }
}

/// Compares what a consumer has applied with the history of a producer, whose store this is. None
/// if that history contains all of it.
///
/// # Errors
/// If a store fails.
pub async fn reconcile<C: Consumer>(
    consumer: &C,
    store: &Store,
    producer: &Store,
    clock: &Clock,
    only_plan: bool,
) -> Result<Option<Plan>, DbErr> {
    let name = producer.service();
    let row = cursor::of(store, name).await?;
    let applied = cursor::place(&row);
    let theirs = facts::page(producer, applied.position, 0).await?.from;
    if row.halted.is_none() && applied.is_in_history_with(theirs) {
        return Ok(None);
    }
    let common = match applied.is_in_history_with(theirs) {
        true => applied,
        false => common(consumer, store, producer, applied).await?,
    };
    let txn = store.begin().await?;
    // Meanwhile all of the producer's history is searched for what to compute again.
    txn.take_time(SILENCE, SILENCE).await?;
    let head = facts::last(producer).await?;
    cursor::go_back(&txn, name, applied, common, head.position).await?;
    let forgotten = consumer.forget(&txn, name, common.position).await?;
    let Retraction { mut told, subjects, mut words } = forgotten;
    let undone = words.len();
    if undone > NAMED {
        words.truncate(NAMED);
        words.push(format!("and {} more", undone - NAMED));
    }
    aside::forget(&txn, name, common.position).await?;
    let plan = Plan {
        consumer: store.service(),
        producer: name,
        applied,
        common,
        head,
        undone: words,
        undone_count: undone,
    };
    if only_plan {
        txn.rollback().await?;
        return Ok(Some(plan));
    }
    let mut after = 0;
    while !subjects.is_empty() && after < common.position {
        let page = facts::page(producer, after, PAGE).await?.facts;
        let Some(last) = page.last() else { break };
        after = last.position.cast_signed();
        let about = page.into_iter().filter(|fact| {
            fact.position.cast_signed() <= common.position && consumer.concerns(fact, &subjects)
        });
        let about: Vec<Fact> = about.collect();
        if about.is_empty() {
            continue;
        }
        // What was taken back is written again, as far as it remains true.
        let ApplyOutcome { told: again, left } = consumer.apply(&txn, &about).await?;
        told.extend(again.into_iter().map(|(_, body)| body));
        let left: Vec<(&Fact, Obstacle)> = left
            .into_iter()
            .filter_map(|(at, left)| Some((about.iter().find(|f| f.position == at)?, left)))
            .collect();
        aside::put(&txn, clock, name, &left).await?;
    }
    let record = Body::HistoryReconciled(HistoryReconciled {
        producer: name.to_owned(),
        applied_position: applied.position.unsigned_abs(),
        applied_id: applied.fact_id.to_string(),
        common_position: common.position.unsigned_abs(),
        common_id: common.fact_id.to_string(),
        undone: plan.undone.clone(),
    });
    let told = std::iter::once(record).chain(told).collect();
    commit(txn, clock, told).await?;
    Ok(Some(plan))
}

/// The last place that both have. If a trace is in the producer's history, everything before it is
/// too; if it is not, nothing behind it is. So it is a search by halves.
async fn common<C: Consumer>(
    consumer: &C,
    store: &Store,
    producer: &Store,
    applied: Place,
) -> Result<Place, DbErr> {
    let name = producer.service();
    let in_history = async |trace: Place| {
        let theirs = facts::page(producer, trace.position, 0).await?.from;
        Ok::<bool, DbErr>(trace.is_in_history_with(theirs))
    };
    // No trace between `same` and `floor` is left to check, and none behind `top` is common.
    let (mut same, mut floor, mut top) = (Place::START, 0, applied.position);
    while floor < top {
        let trace = async |up_to| {
            let trace = consumer.last_trace(store, name, up_to).await?;
            Ok::<_, DbErr>(trace.filter(|trace| trace.position > floor))
        };
        let Some(last) = trace(top).await? else { break };
        if in_history(last).await? {
            return Ok(last);
        }
        // A trace may hold another position than the one where it was searched.
        top = (top - 1).min(last.position - 1);
        let middle = floor + (top - floor) / 2;
        match trace(middle).await? {
            Some(half) if !in_history(half).await? => top = half.position - 1,
            found => {
                same = found.unwrap_or(same);
                floor = middle.max(floor + 1);
            }
        }
    }
    Ok(same)
}
