//! Keeping facts in order: those that lower installations push, and this one's own that are to go up.

use domain::codes::RegionCode;
use jiff::Timestamp;
use platform::{database::Store, facts::history::Place};
use std::collections::BTreeMap;
use uuid::Uuid;

use crate::{
    convert::exchange::{Brought, is_outside},
    error::{Error, exchange::ExchangeError},
    store::exchange::{self, key::LaneKey, levels},
};

/// How many positions are withdrawn in one transaction. Few where it is tested: there is no other way then.
const WITHDRAWN: i64 = if cfg!(test) { 5 } else { 50_000 };

/// Facts that continue a lane.
pub(crate) struct Batch {
    /// Where they continue.
    pub(crate) after: Place,
    /// In order, without gaps.
    pub(crate) facts: Vec<Brought>,
    /// The last fact kept, if it and all behind `after` are to be withdrawn. Of very much only a part is, and
    /// nothing is kept then: that is another history still, which ends earlier.
    pub(crate) withdraws: Option<Uuid>,
    /// The region they should be about; none for what is not checked.
    pub(crate) region: Option<RegionCode>,
}

/// Keeps what is new of a batch, all or nothing; returns the last place kept.
///
/// # Errors
/// [`ExchangeError`] if it does not continue what is kept.
pub(crate) async fn keep(
    store: &Store,
    key: &LaneKey,
    batch: Batch,
    now: Timestamp,
) -> Result<Place, Error> {
    let Batch { after, facts, withdraws, region } = batch;
    let txn = store.begin().await?;
    let mut lane = exchange::hold(&txn, key, now).await?;
    let last = exchange::end(&lane);
    if after.position > last.position {
        return Err(ExchangeError::Gap(last).into());
    }
    if exchange::place(&txn, key, after.position).await? != Some(after) {
        return Err(ExchangeError::OtherHistory(last).into());
    }
    let withdrawn = after.position < last.position && withdraws == Some(last.fact_id);
    if withdrawn {
        exchange::withdraw(&txn, &mut lane, after, WITHDRAWN).await?;
        let rests = exchange::end(&lane);
        if rests.position > after.position {
            lane.kept_at = now.as_microsecond();
            exchange::put(&txn, lane).await?;
            txn.commit().await?;
            return Err(ExchangeError::OtherHistory(rests).into());
        }
    }
    let known = usize::try_from(lane.position - after.position).unwrap_or(usize::MAX);
    let known = known.min(facts.len());
    let there = exchange::places(&txn, key, after.position, known as u64).await?;
    let same = |(place, fact): (&Place, &Brought)| {
        place.position == fact.row.position && place.fact_id == fact.row.fact_id
    };
    if there.len() != known || !there.iter().zip(&facts).all(same) {
        return Err(ExchangeError::OtherHistory(last).into());
    }
    let (mut rows, mut counted) = (Vec::new(), BTreeMap::new());
    for mut fact in facts.into_iter().skip(known) {
        let outside = region.as_ref().is_some_and(|region| is_outside(&fact, region));
        lane.outside += i64::from(outside);
        if fact.row.level > 0 {
            let block = levels::block_of(fact.row.position);
            *counted.entry((block, fact.row.level)).or_default() += 1;
        }
        fact.row.origin.clone_from(&key.origin);
        (lane.position, lane.fact_id) = (fact.row.position, fact.row.fact_id);
        rows.push(fact.row);
    }
    let place = exchange::end(&lane);
    if rows.is_empty() && !withdrawn {
        txn.rollback().await?;
        return Ok(place);
    }
    for (counted, n) in counted {
        levels::add(&txn, key, counted, n).await?;
    }
    exchange::append(&txn, rows).await?;
    lane.kept_at = now.as_microsecond();
    exchange::put(&txn, lane).await?;
    txn.commit().await?;
    Ok(place)
}
