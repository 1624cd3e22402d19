//! Counts the ratings that raters gave, by what was rated, for the statistics of focus (T12, T13):
//! active and paper ones; what nobody gave, or was given elsewhere before, does not count. Of an
//! act's ratings only the effective one counts, and none that is excluded. A batch is folded in
//! memory: what is known of its acts is read once, and all is written once.

pub(super) mod complaints;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    canary::is_robots,
    deadline::day_of,
    id::RatingId,
    rating::{Origin, effective},
};
use platform::{
    clock::instant,
    convert::{self, Meaningless},
    database::Txn,
    facts::{consume::Obstacle, place_of},
};
use proto::{
    catalog::v1::{CauseKind, Item},
    fact::v1::{Fact, ItemPublished, RatingSubmitted, fact::Body},
    r#type::v1::Level as WireLevel,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    entity::{focus_effect, focus_rating},
    store::{
        self,
        focus::{counts::Changes, ratings},
    },
};

/// The ratings of some acts, by act.
type Acts = BTreeMap<Uuid, Vec<focus_rating::Model>>;

/// Counts the ratings among some facts of intake; those at the positions `left` were not applied
/// and come again. Returns what could not be counted.
pub(super) async fn apply(
    txn: &Txn,
    told: &[Fact],
    left: &BTreeSet<u64>,
) -> Result<Vec<(u64, Obstacle)>, DbErr> {
    let (mut new, mut broken) = (Vec::new(), Vec::new());
    for fact in told.iter().filter(|fact| !left.contains(&fact.position)) {
        let Some(Body::RatingSubmitted(said)) = &fact.body else { continue };
        match rating(fact, said) {
            Ok(rating) => new.extend(rating),
            Err(why) => broken.push((fact.position, why)),
        }
    }
    if new.is_empty() {
        return Ok(broken);
    }
    let mut acts = load(txn, new.iter().map(|rating| rating.act_id).collect()).await?;
    let excluded = ratings::excluded(txn, new.iter().map(|r| r.rating_id).collect()).await?;
    let (mut changes, mut rows) = (Changes::default(), Vec::new());
    for mut rating in new {
        let known = acts.entry(rating.act_id).or_default();
        if known.iter().any(|known| known.rating_id == rating.rating_id) {
            continue;
        }
        rating.excluded = excluded.contains(&rating.rating_id);
        count(&mut changes, known, -1);
        known.push(rating.clone());
        count(&mut changes, known, 1);
        rows.push(rating);
    }
    ratings::insert(txn, rows).await?;
    changes.write(txn).await?;
    Ok(broken)
}

/// Takes a rating out of the counts, or puts it back: it was decided that it counts nowhere, or
/// that it does after all. A rating that is not known yet is counted so when it comes.
pub(crate) async fn exclude(txn: &Txn, rating_id: Uuid, excluded: bool) -> Result<(), DbErr> {
    let act = ratings::act_of(txn, rating_id).await?;
    let mut acts = load(txn, act.into_iter().collect()).await?;
    ratings::set_excluded(txn, rating_id, excluded).await?;
    let mut changes = Changes::default();
    for of_act in acts.values_mut() {
        count(&mut changes, of_act, -1);
        for rating in of_act.iter_mut().filter(|rating| rating.rating_id == rating_id) {
            rating.excluded = excluded;
        }
        count(&mut changes, of_act, 1);
    }
    changes.write(txn).await
}

/// Takes back the ratings with facts after a position; those before them count again.
pub(super) async fn forget(txn: &Txn, after: i64) -> Result<Option<String>, DbErr> {
    if after == 0 {
        // Nothing is common: everything is counted anew. What was excluded stays so.
        store::focus::counts::delete_all(txn).await?;
    } else {
        let acts = load(txn, ratings::acts_after(txn, after).await?).await?;
        let mut changes = Changes::default();
        for mut of_act in acts.into_values() {
            count(&mut changes, &of_act, -1);
            of_act.retain(|rating| rating.fact_position <= after);
            count(&mut changes, &of_act, 1);
        }
        changes.write(txn).await?;
    }
    let gone = ratings::delete_after(txn, after).await?;
    Ok((gone > 0).then(|| format!("{gone} ratings leave the counts of key targets")))
}

async fn load(txn: &Txn, act_ids: BTreeSet<Uuid>) -> Result<Acts, DbErr> {
    let mut acts = Acts::new();
    for rating in ratings::of_acts(txn, act_ids).await? {
        acts.entry(rating.act_id).or_default().push(rating);
    }
    Ok(acts)
}

/// Adds `by` to the counts of an act's effective rating, if it has one.
fn count(changes: &mut Changes, of_act: &[focus_rating::Model], by: i64) {
    let counted = of_act.iter().filter(|rating| !rating.excluded);
    let weigh = |rating: &focus_rating::Model| {
        let origin = convert::origin(rating.origin.into()).unwrap_or(Origin::Paper);
        (origin, instant(rating.given_at), RatingId(rating.rating_id))
    };
    let Some((_, given_at, id)) = effective(counted.map(weigh)) else { return };
    if let Some(rating) = of_act.iter().find(|rating| rating.rating_id == id.0) {
        changes.add(rating, day_of(given_at), by);
    }
}

/// A rating as it counts; none if nobody gave it here.
fn rating(fact: &Fact, said: &RatingSubmitted) -> Result<Option<focus_rating::Model>, Obstacle> {
    let broken = |why: Meaningless| Obstacle::Broken(why.to_string());
    if WireLevel::try_from(said.level).is_err() {
        return Err(Obstacle::Unknown(format!("the level {}", said.level)));
    }
    let origin = convert::origin(said.origin).map_err(broken)?;
    if !matches!(origin, Origin::Active | Origin::Paper) {
        return Ok(None);
    }
    let level = convert::level(said.level).map_err(broken)?;
    let act = said.act.clone().ok_or(Meaningless("the act is missing"));
    let act = act.and_then(convert::act).map_err(broken)?;
    if is_robots(&act.item_code) {
        return Ok(None);
    }
    let no_uuid = |_| Obstacle::Broken("rating_id is no UUID".to_owned());
    let received_at = convert::instant_of(said.received_at.as_ref()).map_err(broken)?;
    let given_at = said.given_at.as_ref().and_then(|at| convert::from_wire(at).ok());
    let at = place_of(fact);
    let number = |number: i32| i16::try_from(number).unwrap_or_default();
    Ok(Some(focus_rating::Model {
        rating_id: said.rating_id.parse().map_err(no_uuid)?,
        act_id: act.id.0,
        origin: number(convert::origin_to_wire(origin).into()),
        given_at: origin.given_at(received_at, given_at).as_microsecond(),
        level: number(convert::level_to_wire(level).into()),
        region_code: convert::shortened(act.region_code),
        agency_id: act.agency_id,
        staff_id: act.staff_id.unwrap_or_default(),
        line_id: act.line_id.unwrap_or_default(),
        item_code: act.item_code,
        tags: said.tag_codes.join(" "),
        excluded: false,
        fact_position: at.position,
        fact_id: Some(at.fact_id),
    }))
}

/// A version of an item names the problems that led to it, and each problem names the version
/// (C14). A problem that is not here was named by mistake: the item stays.
pub(super) async fn item_published(
    txn: &Txn,
    published: &ItemPublished,
    item: &Item,
) -> Result<(), DbErr> {
    let problems = item.causes.iter().filter(|cause| cause.kind() == CauseKind::Problem);
    for cause in problems {
        let (id, at) = (cause.id.parse::<Uuid>(), convert::instant_of(item.published_at.as_ref()));
        let (record_id, published_at) = match (id, at) {
            (Ok(id), Ok(at)) if store::focus::records::is_problem(txn, id).await? => (id, at),
            _ => {
                let (code, version) = (&published.item_code, published.version);
                tracing::warn!(item.code = code, version, problem = cause.id, "no such problem");
                continue;
            }
        };
        let effect = focus_effect::Model {
            record_id,
            item_code: published.item_code.clone(),
            version: published.version.into(),
            published_at: published_at.as_microsecond(),
        };
        store::focus::records::put_effect(txn, effect).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
