//! Acts and their ratings. The denominator of 参评率 is an act that can be rated, on the day of the
//! offer. Of an act's ratings only the effective one counts; a better one takes its place. Only an
//! act that was offered a rating counts as taking part; an imported rating's act was never offered
//! one.

use std::collections::{BTreeSet, HashMap};

use domain::{canary::is_robots, rating::effective};
use jiff::civil::Date;
use platform::{
    convert,
    database::Txn,
    facts::{
        consume::{Obstacle, Retraction},
        history::Place,
        place_of,
    },
};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, RatingSubmitted, fact::Body},
    r#type::v1::{Channel, Level, Origin as WireOrigin, ServiceAct},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    entered::Entering,
    known_acts::Acts,
    pain, private,
    reading::{broken, known_act, served_on, uuid},
    standing::Standing,
    weight::{given, rated, weigh},
};
use crate::{
    entity::{
        act,
        column::{column, origin},
        rating,
    },
    store::{
        self,
        statistics::{
            measures::{Measure, OF_ACTS},
            sums::{Count, Sums},
        },
    },
};

/// The content of a fact about an act.
pub(super) struct ActNews<'a> {
    pub(super) at: Place,
    pub(super) act_id: Uuid,
    pub(super) act: &'a ServiceAct,
    /// The day of the offer.
    offered_on: Date,
    /// The rating; none if the fact is the offer itself.
    pub(super) rating: Option<rating::Model>,
}

/// Folds facts about acts.
pub(super) async fn apply(
    txn: &Txn,
    facts: &[Fact],
    entering: &Entering,
    sums: &mut Sums,
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<(), DbErr> {
    let mut changes = Vec::new();
    for fact in facts {
        match read(fact) {
            Ok(about) => changes.extend(about),
            Err(why) => left.push((fact.position, why)),
        }
    }
    if changes.is_empty() {
        return Ok(());
    }
    let ids = changes.iter().map(|change| change.act_id).collect();
    let ratings =
        changes.iter().filter_map(|change| change.rating.as_ref()).map(|rating| rating.id);
    let mut acts = Acts::load(txn, ids, ratings).await?;
    // Of an act that is now private no ticket is shown, whatever the rating: a ticket that
    // disappears only for a bad rating would reveal it.
    let private = changes.iter().filter(|change| change.rating.as_ref().is_some_and(|r| r.private));
    store::disclosure::hide(txn, private.map(|change| change.act_id)).await?;
    for change in changes {
        let position = change.at.position.unsigned_abs();
        if acts.excluded.contains_key(&change.act_id) {
            fold_whole(&mut acts, change, sums)?;
        } else if let Err(why) = fold(&mut acts, change, sums) {
            left.push((position, why));
        }
    }
    entering.enter(txn, &mut acts, sums).await?;
    acts.write(txn, sums).await
}

/// Takes back what facts after a position brought: whole acts, which are then folded again.
pub(super) async fn forget(txn: &Txn, after: i64, sums: &mut Sums) -> Result<Retraction, DbErr> {
    let mut forgotten = Retraction::default();
    if after == 0 {
        // There is no common history: the consumer folds everything again, also rows of a version
        // without position and dimensions.
        let gone = store::statistics::acts::delete_all(txn).await?;
        store::disclosure::show_all(txn).await?;
        store::statistics::tallies::remove(txn, OF_ACTS).await?;
        forgotten.words.push(format!("all {gone} acts are counted again, from the first on"));
        return Ok(forgotten);
    }
    let ratings = store::statistics::acts::ratings_after(txn, after).await?;
    let ids: BTreeSet<Uuid> = store::statistics::acts::acts_after(txn, after)
        .await?
        .into_iter()
        .chain(ratings.iter().map(|rating| rating.act_id))
        .chain(store::statistics::words::acts_after(txn, after).await?)
        .collect();
    let words = |rating: &rating::Model| format!("rating {} leaves every figure", rating.id);
    forgotten.words.extend(ratings.iter().map(words));
    let known = store::statistics::acts::load(txn, ids.iter().copied()).await?;
    let mut of_acts: HashMap<Uuid, Vec<rating::Model>> = HashMap::new();
    for rating in store::statistics::exclusions::ratings_of(txn, &ids).await? {
        of_acts.entry(rating.act_id).or_default().push(rating);
    }
    let none = Vec::new();
    let mut decided = Vec::new();
    let excluded = store::statistics::exclusions::of_acts(txn, &ids).await?;
    for row in known {
        let wrong = |error: String| DbErr::Type(format!("act {}: {error}", row.id));
        let act = ServiceAct::decode(row.act.as_slice()).map_err(|e| wrong(e.to_string()))?;
        let ratings = of_acts.get(&row.id).unwrap_or(&none);
        let rating = ratings.iter().find(|rating| Some(rating.id) == row.effective);
        let among = rating.filter(|_| row.pain.is_some());
        let among = among.into_iter().flat_map(|rating| pain::of_rating(&act, rating));
        among.for_each(|key| sums.add_pain(key, -1));
        let entered = private::counted(&row).map_err(|e| wrong(e.to_string()))?;
        let left: Vec<&rating::Model> =
            ratings.iter().filter(|rating| rating.fact_position <= after).collect();
        let is_decided = match &entered {
            Some(entered) => left.iter().any(|rating| entered.is(Some(rating.id))),
            None => row.looked && rating.is_some_and(|one| one.private && left.contains(&one)),
        };
        if let Some(entered) = entered {
            let gone = excluded.get(&row.id).into_iter().flatten();
            if !is_decided && !gone.into_iter().any(|id| entered.is(Some(*id))) {
                entered.count(sums, -1);
            }
        } else if let Some(rating) = rating.filter(|rating| !rating.private) {
            sums.add(&act, rated(rating), -1);
        }
        if row.offered {
            let on = served_on(&act).map_err(|left| wrong(left.to_string()))?;
            sums.add(&act, Count::of(on, Measure::Offered), -1);
            if given(rating) {
                sums.add(&act, Count::of(on, Measure::Participated), -1);
            }
        }
        let first = left.into_iter().min_by_key(|rating| rating.fact_position);
        decided.extend(first.filter(|_| is_decided).map(|first| still_decided(row, first)));
    }
    store::statistics::acts::delete(txn, ids.iter().copied()).await?;
    store::statistics::acts::put(txn, decided).await?;
    // The facts that are left hide them again.
    store::disclosure::show(txn, ids.iter().copied()).await?;
    forgotten.subjects = ids;
    Ok(forgotten)
}

/// An act before the facts that are left are folded again: whether its private rating has entered the
/// figures, or was looked at, is decided once (see `private`). If it left them alone and came back, the
/// difference would be that rating.
fn still_decided(row: act::Model, first: &rating::Model) -> act::Model {
    act::Model {
        effective: None,
        offered: false,
        waits: String::new(),
        pain: None,
        fact_position: first.fact_position,
        fact_id: first.fact_id,
        ..row
    }
}

pub(super) fn read(fact: &Fact) -> Result<Option<ActNews<'_>>, Obstacle> {
    let at = place_of(fact);
    let (act, submitted) = match &fact.body {
        Some(Body::RatingInvited(invited)) => (known_act(invited.act.as_ref())?, None),
        Some(Body::RatingSubmitted(said)) => (known_act(said.act.as_ref())?, Some(said)),
        _ => return Ok(None),
    };
    let act_id = uuid(&act.act_id)?;
    let rating = submitted.map(|said| rating_of(said, act_id, at)).transpose()?;
    let offered_on = served_on(act)?;
    Ok(Some(ActNews { at, act_id, act, offered_on, rating }))
}

fn rating_of(said: &RatingSubmitted, act_id: Uuid, at: Place) -> Result<rating::Model, Obstacle> {
    for (what, number, known) in [
        ("level", said.level, Level::try_from(said.level).is_ok()),
        ("channel", said.channel, Channel::try_from(said.channel).is_ok()),
        ("origin", said.origin, WireOrigin::try_from(said.origin).is_ok()),
    ] {
        if !known {
            return Err(Obstacle::Unknown(format!("the {what} {number}")));
        }
    }
    convert::level(said.level).map_err(broken)?;
    let given = origin(said.origin).map_err(broken)?;
    let instant_of = |at| convert::instant_of(at).map_err(broken);
    let received_at = instant_of(said.received_at.as_ref())?;
    let given_at = said.given_at.as_ref().map(|at| instant_of(Some(at))).transpose()?;
    let item_code = said.act.as_ref().map(|act| act.item_code.as_str()).unwrap_or_default();
    Ok(rating::Model {
        id: uuid(&said.rating_id)?,
        act_id,
        level: column(said.level),
        channel: column(said.channel),
        origin: column(said.origin),
        received_at: given.given_at(received_at, given_at).as_microsecond(),
        fact_position: at.position,
        fact_id: Some(at.fact_id),
        // A robot keeps nothing to itself: its ratings are counted apart, at once.
        private: said.private && !is_robots(item_code),
        rater: rater(said)?,
        tags: pain::lines(&said.tag_codes),
        words: String::new(),
        words_position: 0,
    })
}

/// What one rater gave for a batch, or for several stages of a case, belongs to one rater.
fn rater(said: &RatingSubmitted) -> Result<Option<Uuid>, Obstacle> {
    let case_id = said.act.as_ref().map(|act| act.case_id.as_str()).unwrap_or_default();
    let id = if said.batch_id.is_empty() { case_id } else { &said.batch_id };
    if id.is_empty() { Ok(None) } else { uuid(id).map(Some) }
}

/// Folds a fact about an act of which a rating is excluded: all of its ratings are here, and it counts
/// anew.
fn fold_whole(acts: &mut Acts, said: ActNews<'_>, sums: &mut Sums) -> Result<(), DbErr> {
    let ActNews { at, act_id, act, offered_on, rating } = said;
    let row = acts.rows.entry(act_id).or_insert_with(|| new_row(act_id, act, at));
    if rating.as_ref().is_some_and(|new| acts.ratings.contains_key(&new.id)) {
        return Ok(());
    }
    let Some(excluded) = acts.excluded.get(&act_id) else { return Ok(()) };
    let ratings = acts.ratings.values().filter(|rating| rating.act_id == act_id);
    let was = Standing::of(row, act, ratings, excluded)?;
    was.count(act, Some(offered_on).filter(|_| row.offered), sums, -1);
    match rating {
        Some(new) => {
            row.private |= new.private;
            acts.ratings.insert(new.id, new.clone());
            acts.new.push(new);
        }
        None if !row.offered => {
            sums.add(act, Count::of(offered_on, Measure::Offered), 1);
            row.offered = true;
            (row.fact_position, row.fact_id) = (at.position, Some(at.fact_id));
        }
        None => {}
    }
    let ratings = acts.ratings.values().filter(|rating| rating.act_id == act_id);
    let is = Standing::of(row, act, ratings, excluded)?;
    is.count(act, Some(offered_on).filter(|_| row.offered), sums, 1);
    (row.effective, row.waits) = (is.effective, is.waits);
    acts.changed.insert(act_id);
    Ok(())
}

pub(super) fn new_row(act_id: Uuid, act: &ServiceAct, at: Place) -> act::Model {
    act::Model {
        id: act_id,
        effective: None,
        offered: false,
        act: act.encode_to_vec(),
        fact_position: at.position,
        fact_id: Some(at.fact_id),
        private: false,
        waits: String::new(),
        looked: false,
        counted: Vec::new(),
        pain: None,
    }
}

/// Folds a fact about an act.
fn fold(acts: &mut Acts, said: ActNews<'_>, sums: &mut Sums) -> Result<(), Obstacle> {
    let ActNews { at, act_id, act, offered_on, rating } = said;
    let row = acts.rows.entry(act_id).or_insert_with(|| new_row(act_id, act, at));
    if row.act.is_empty() {
        row.act = act.encode_to_vec();
    }
    let before = row.effective.and_then(|id| acts.ratings.get(&id));
    let Some(new) = rating else {
        if row.offered {
            return Ok(());
        }
        sums.add(act, Count::of(offered_on, Measure::Offered), 1);
        if given(before) {
            sums.add(act, Count::of(offered_on, Measure::Participated), 1);
        }
        row.offered = true;
        (row.fact_position, row.fact_id) = (at.position, Some(at.fact_id));
        acts.changed.insert(act_id);
        return Ok(());
    };
    if acts.ratings.contains_key(&new.id) {
        return Ok(());
    }
    row.private |= new.private;
    let rivals = [before.map(weigh), Some(weigh(&new))];
    if effective(rivals.into_iter().flatten()) == Some(weigh(&new)) {
        // The counts of a private rating stay in the figures: if they were removed, the difference
        // would reveal the rating.
        if row.counted.is_empty() {
            if let Some(before) = before.filter(|before| !before.private) {
                sums.add(act, rated(before), -1);
            }
            row.waits = match new.private {
                true => private::waits(act, &new),
                false => {
                    sums.add(act, rated(&new), 1);
                    String::new()
                }
            };
        }
        if row.offered && given(Some(&new)) && !given(before) {
            sums.add(act, Count::of(offered_on, Measure::Participated), 1);
        }
        row.effective = Some(new.id);
    }
    acts.changed.insert(act_id);
    acts.ratings.insert(new.id, new.clone());
    acts.new.push(new);
    Ok(())
}
