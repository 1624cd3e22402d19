//! The ratings of robots (S07), as proofs that each level arrives by each channel and is counted.

use std::collections::{BTreeMap, BTreeSet};

use domain::canary::is_robots;
use platform::{convert, database::Txn, facts::consume::Obstacle, shell::Shell};
use proto::{
    fact::v1::{Fact, fact::Body},
    r#type::v1::Origin,
};
use sea_orm::DbErr;

use crate::{
    entity::{canary_proof, column::column},
    store,
};

/// Keeps the last proofs among some facts, unless they were not counted.
pub(super) async fn apply(
    txn: &Txn,
    shell: &Shell,
    facts: &[Fact],
    left: &[(u64, Obstacle)],
) -> Result<(), DbErr> {
    let aside: BTreeSet<u64> = left.iter().map(|(position, _)| *position).collect();
    let counted_at = shell.clock.now().as_microsecond();
    let mut last: BTreeMap<(String, i16, i16), canary_proof::Model> = BTreeMap::new();
    let counted = facts.iter().filter(|fact| !aside.contains(&fact.position));
    for row in counted.filter_map(|fact| proof(fact, counted_at)) {
        let of = (row.region_code.clone(), row.channel, row.level);
        if last.get(&of).is_none_or(|known| known.given_at < row.given_at) {
            last.insert(of, row);
        }
    }
    let rows: Vec<canary_proof::Model> = last.into_values().collect();
    store::canary::put(txn, &rows).await
}

/// A robot's rating, if a fact is one. A default one proves nothing: nobody gave it.
fn proof(fact: &Fact, counted_at: i64) -> Option<canary_proof::Model> {
    let Some(Body::RatingSubmitted(said)) = &fact.body else { return None };
    let act = said.act.as_ref().filter(|act| is_robots(&act.item_code))?;
    let given = matches!(said.origin(), Origin::Active | Origin::Paper);
    let given_at = convert::instant_of(said.received_at.as_ref()).ok().filter(|_| given)?;
    Some(canary_proof::Model {
        region_code: act.region_code.clone(),
        channel: column(said.channel),
        level: column(said.level),
        rating_id: said.rating_id.parse().ok()?,
        given_at: given_at.as_microsecond(),
        counted_at,
        fact_position: fact.position.cast_signed(),
    })
}
