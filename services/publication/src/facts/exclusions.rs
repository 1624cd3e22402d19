//! Exclusions and reinstatements (P04): every figure that the rating touched is corrected, whether the
//! rating is known here already or not. What a fact says is kept by the exclusion's id, so that a
//! rating that comes later finds it.

use std::collections::{BTreeMap, BTreeSet};

use platform::{
    convert::{self, Meaningless},
    database::Txn,
    facts::consume::{Obstacle, Retraction},
};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, RatingExcluded, fact::Body},
    r#type::v1::{ExclusionGround, ExclusionKind, ServiceAct},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    entered::Entering,
    known_acts::Acts,
    reading::{broken, served_on, uuid},
    standing::Standing,
};
use crate::{
    entity::{column::column, exclusion},
    store::{self, statistics::sums::Sums},
};

/// What a fact says.
pub(super) enum ExclusionNews {
    Excluded(exclusion::Model),
    Reinstated { id: Uuid, at: i64 },
}

/// Folds facts about exclusions.
pub(super) async fn apply(
    txn: &Txn,
    facts: &[Fact],
    entering: &Entering,
    sums: &mut Sums,
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<(), DbErr> {
    let mut said = Vec::new();
    for fact in facts {
        match read(fact) {
            Ok(news) => said.extend(news.map(|news| (fact.position, news))),
            Err(why) => left.push((fact.position, why)),
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    let ids = said.iter().map(|(_, news)| match news {
        ExclusionNews::Excluded(row) => row.id,
        ExclusionNews::Reinstated { id, .. } => *id,
    });
    let known = store::statistics::exclusions::load(txn, ids).await?;
    let mut rows: BTreeMap<Uuid, exclusion::Model> =
        known.into_iter().map(|row| (row.id, row)).collect();
    let mut changed = BTreeSet::new();
    for (position, news) in said {
        match news {
            ExclusionNews::Excluded(row) => {
                changed.insert(row.id);
                let row = rows.entry(row.id).or_insert(row);
                row.fact_position = row.fact_position.max(position.cast_signed());
            }
            ExclusionNews::Reinstated { id, at } => match rows.get_mut(&id) {
                Some(row) => {
                    row.reinstated_at = at;
                    row.fact_position = row.fact_position.max(position.cast_signed());
                    changed.insert(id);
                }
                None => left.push((position, Obstacle::Waits(format!("the exclusion {id}")))),
            },
        }
    }
    let rows: Vec<exclusion::Model> =
        rows.into_values().filter(|row| changed.contains(&row.id)).collect();
    let put = async || store::statistics::exclusions::put(txn, rows.clone()).await;
    correct(txn, entering, sums, &rows, put).await
}

/// Takes back the exclusions of tickets that are taken back, and those that facts after a position are
/// about, whose ticket may not be known; after 0, all. What is said of them is folded again.
pub(super) async fn forget(
    txn: &Txn,
    after: i64,
    entering: &Entering,
    sums: &mut Sums,
    forgotten: &mut Retraction,
) -> Result<(), DbErr> {
    let gone = store::statistics::exclusions::after(txn, after, &forgotten.subjects).await?;
    let delete = async || {
        let ids = gone.iter().map(|row| row.id).collect();
        store::statistics::exclusions::delete(txn, ids).await
    };
    correct(txn, entering, sums, &gone, delete).await?;
    if after > 0 {
        forgotten.subjects.extend(gone.iter().map(|row| row.ticket_id));
    }
    Ok(())
}

/// Counts the acts of some exclusions as they are before a change of the exclusions, and after it.
async fn correct(
    txn: &Txn,
    entering: &Entering,
    sums: &mut Sums,
    of: &[exclusion::Model],
    change: impl AsyncFnOnce() -> Result<(), DbErr>,
) -> Result<(), DbErr> {
    let ids: BTreeSet<Uuid> = of.iter().map(|row| row.act_id).collect();
    let before = store::statistics::exclusions::of_acts(txn, &ids).await?;
    change().await?;
    // With what is excluded now, and all ratings of each.
    let mut acts = Acts::load_whole(txn, ids.clone()).await?;
    let none = std::collections::HashSet::new();
    for id in ids {
        let Some(row) = acts.rows.get_mut(&id) else { continue };
        let act = ServiceAct::decode(row.act.as_slice());
        let act = act.map_err(|error| DbErr::Type(format!("act {id}: {error}")))?;
        let offered_on = served_on(&act).map_err(|why| DbErr::Type(format!("act {id}: {why}")))?;
        let offered_on = Some(offered_on).filter(|_| row.offered);
        let ratings = acts.ratings.values().filter(|rating| rating.act_id == id);
        let was = Standing::of(row, &act, ratings.clone(), before.get(&id).unwrap_or(&none))?;
        let is = Standing::of(row, &act, ratings, acts.excluded.get(&id).unwrap_or(&none))?;
        was.count(&act, offered_on, sums, -1);
        is.count(&act, offered_on, sums, 1);
        (row.effective, row.waits) = (is.effective, is.waits);
        acts.changed.insert(id);
    }
    entering.enter(txn, &mut acts, sums).await?;
    acts.write(txn, sums).await
}

pub(super) fn read(fact: &Fact) -> Result<Option<ExclusionNews>, Obstacle> {
    match &fact.body {
        Some(Body::RatingExcluded(said)) => excluded(said).map(Some),
        Some(Body::RatingReinstated(said)) => {
            let at = convert::instant_of(said.at.as_ref()).map_err(broken)?.as_microsecond();
            Ok(Some(ExclusionNews::Reinstated { id: uuid(&said.exclusion_id)?, at }))
        }
        _ => Ok(None),
    }
}

fn excluded(said: &RatingExcluded) -> Result<ExclusionNews, Obstacle> {
    for (what, number, known) in [
        ("ground", said.ground, ExclusionGround::try_from(said.ground).is_ok()),
        ("kind", said.kind, ExclusionKind::try_from(said.kind).is_ok()),
    ] {
        match number {
            0 => return Err(broken(Meaningless("the ground or the kind is missing"))),
            _ if !known => return Err(Obstacle::Unknown(format!("the {what} {number}"))),
            _ => {}
        }
    }
    Ok(ExclusionNews::Excluded(exclusion::Model {
        id: uuid(&said.exclusion_id)?,
        rating_id: uuid(&said.rating_id)?,
        act_id: uuid(&said.act_id)?,
        ticket_id: uuid(&said.ticket_id)?,
        region_code: said.region_code.clone(),
        agency_id: said.agency_id.clone(),
        ground: column(said.ground),
        kind: column(said.kind),
        clause: said.clause.clone(),
        since: convert::instant_of(said.at.as_ref()).map_err(broken)?.as_microsecond(),
        reinstated_at: 0,
        fact_position: 0,
    }))
}
