//! Private ratings (选择不公开, I14) count, and nobody can read one from the figures. They wait until
//! enough of the same agency can enter together (`domain::disclosure::look`). Then all of them
//! enter the same figures on the same day, without channel, and in a dimension, or as paper forms, only if all
//! have the same value there. So every figure, and every sum and difference of figures, has all of them or
//! none, and shows only how many gave which level.
//!
//! A ticket shows that its rating is negative. Tickets of ratings that have entered follow when the
//! next ratings enter, all at once: each ticket comes a moment after its rating, and the last one
//! of a group would be known by whether a ticket follows.

use std::collections::{BTreeSet, HashMap};

use domain::{
    deadline::day_of,
    disclosure::look::{Look, look},
    level::Level,
    statistics::RATERS_TOGETHER,
};
use jiff::civil::Date;
use platform::{
    clock::instant,
    convert::{self, to_wire},
    database::Txn,
};
use prost::Message as _;
use proto::{
    fact::v1::RatingSubmitted,
    r#type::v1::{Origin, ServiceAct},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{known_acts::Acts, ticket_counts};
use crate::{
    entity::{
        act,
        column::{column, day_to_column},
        rating,
    },
    store::{
        self,
        statistics::{
            dimensions::DIMENSIONS,
            measures::Measure,
            sums::{Count, Sums},
        },
    },
};

/// How many waiting acts of one level are read of those that were looked at; of a larger group the rest
/// waits for the next look. The new ones are read all: if one more could go unseen, a rating of a level of
/// which there are few would be looked at when it comes, and be known by that.
const READ: u64 = 200;

/// The group a private rating waits for, and its level: others of the same region and agency that
/// are published in the same columns, and are all for one agency or all for several.
pub(super) fn waits(act: &ServiceAct, rating: &rating::Model) -> String {
    let given = [Origin::Active, Origin::Paper].map(|origin| column(origin.into()));
    let origin = if given.contains(&rating.origin) { given[0] } else { rating.origin };
    let composite = u8::from(!act.involved.is_empty());
    let (region, agency) = (&act.region_code, &act.agency_id);
    format!("{region}/{agency}/{origin}/{composite}/{}", rating.level)
}

/// Lets ratings enter the figures if they may: all that wait in the same group as an act that just
/// changed.
pub(super) async fn enter(txn: &Txn, acts: &mut Acts, sums: &mut Sums) -> Result<(), DbErr> {
    let changed = acts.changed.iter().filter_map(|id| acts.rows.get(id));
    let changed = changed.filter_map(|row| others(&row.waits)).map(str::to_owned);
    for others in changed.collect::<BTreeSet<String>>() {
        read(txn, acts, &others, false).await?;
        let new = acts.rows.values().filter(|row| waits_among(row, &others) && !row.looked);
        if new.count() < RATERS_TOGETHER {
            continue;
        }
        read(txn, acts, &others, true).await?;
        let lacking = acts.rows.values().filter_map(|row| row.effective);
        let lacking = lacking.filter(|id| !acts.ratings.contains_key(id)).collect::<Vec<_>>();
        let lacking = store::statistics::acts::ratings(txn, lacking).await?;
        acts.ratings.extend(lacking.into_iter().map(|row| (row.id, row)));
        enter_together(txn, acts, &others, sums).await?;
    }
    Ok(())
}

/// Reads the acts of a waiting group: those that were looked at, or the new ones.
async fn read(txn: &Txn, acts: &mut Acts, others: &str, looked: bool) -> Result<(), DbErr> {
    let limit = looked.then_some(READ);
    for level in 1..=Level::ALL.len() {
        let waiting = format!("{others}/{level}");
        for row in store::statistics::acts::waiting(txn, &waiting, looked, limit).await? {
            // Changes made here are newer.
            acts.rows.entry(row.id).or_insert(row);
        }
    }
    Ok(())
}

fn waits_among(row: &act::Model, group: &str) -> bool {
    others(&row.waits) == Some(group)
}

/// What all ratings in a waiting group share: all but the level.
fn others(waits: &str) -> Option<&str> {
    waits.rsplit_once('/').map(|(others, _)| others)
}

async fn enter_together(
    txn: &Txn,
    acts: &mut Acts,
    waiting: &str,
    sums: &mut Sums,
) -> Result<(), DbErr> {
    let (mut entering, mut before, mut new) = (Vec::new(), Vec::new(), Vec::new());
    for row in acts.rows.values().filter(|row| waits_among(row, waiting)) {
        let Some(rating) = row.effective.and_then(|id| acts.ratings.get(&id)) else { continue };
        let act = ServiceAct::decode(row.act.as_slice()).map_err(unreadable)?;
        let level = convert::level(rating.level.into()).map_err(unreadable)?;
        let rater = rating.rater.unwrap_or(rating.act_id).as_u128();
        let levels = if row.looked { &mut before } else { &mut new };
        levels.push((rater, level));
        entering.push((row.id, act, rating.clone()));
    }
    match look(&before, &new) {
        Look::NotYet => return Ok(()),
        Look::Wait => {
            for (id, ..) in &entering {
                let Some(row) = acts.rows.get_mut(id).filter(|row| !row.looked) else { continue };
                row.looked = true;
                acts.changed.insert(*id);
            }
            return Ok(());
        }
        Look::Enter => {}
    }
    let common = entering.iter().map(|(_, act, ..)| act.clone()).reduce(in_common);
    let last = entering.iter().map(|(_, _, rating)| rating.received_at).max();
    let (Some(common), Some(last)) = (common, last) else { return Ok(()) };
    // What came on paper is a column of its own, too: the one form among others would be read off it.
    let origins: BTreeSet<i16> = entering.iter().map(|(_, _, rating)| rating.origin).collect();
    let origin = match origins.first() {
        Some(one) if origins.len() == 1 => *one,
        _ => column(Origin::Active.into()),
    };
    for (id, _, rating) in &entering {
        let entered = CountedRating(RatingSubmitted {
            rating_id: rating.id.to_string(),
            act: Some(common.clone()),
            level: rating.level.into(),
            origin: origin.into(),
            received_at: Some(to_wire(instant(last))),
            ..RatingSubmitted::default()
        });
        entered.count(sums, 1);
        if let Some(row) = acts.rows.get_mut(id) {
            row.counted = entered.0.encode_to_vec();
            row.waits.clear();
            acts.changed.insert(*id);
        }
    }
    let now: BTreeSet<Uuid> = entering.iter().map(|(id, ..)| *id).collect();
    tickets_follow(txn, (&common.region_code, &common.agency_id), &now, sums).await
}

/// Counts the tickets of ratings that entered the figures before `now`, on the same day and in the
/// same dimensions.
async fn tickets_follow(
    txn: &Txn,
    (region_code, agency_id): (&str, &str),
    now: &BTreeSet<Uuid>,
    sums: &mut Sums,
) -> Result<(), DbErr> {
    let waiting = store::disclosure::waiting(txn, region_code, agency_id).await?;
    let acts = waiting.iter().filter_map(|ticket| ticket.act_id);
    let acts: BTreeSet<Uuid> = acts.filter(|id| !now.contains(id)).collect();
    let acts = store::statistics::acts::load(txn, acts).await?;
    let mut entered = HashMap::new();
    for act in &acts {
        entered.extend(counted(act).map_err(unreadable)?.map(|rating| (act.id, rating)));
    }
    let mut following = Vec::new();
    for mut ticket in waiting {
        let rating = ticket.act_id.and_then(|id| entered.get(&id));
        // A further rating of the act is in no figure, so its ticket is in none either.
        let Some(rating) = rating.filter(|rating| rating.is(ticket.rating_id)) else { continue };
        ticket.waits = false;
        ticket.act = ServiceAct { involved: Vec::new(), ..rating.act() }.encode_to_vec();
        ticket.counted_on = day_to_column(rating.day());
        ticket_counts::count(&ticket, 1, sums).map_err(unreadable)?;
        following.push(ticket);
    }
    store::disclosure::put(txn, following).await
}

/// What two acts have in common, as far as figures use it.
fn in_common(mut one: ServiceAct, mut other: ServiceAct) -> ServiceAct {
    let mut common = ServiceAct::default();
    for row in &DIMENSIONS {
        let value = std::mem::take((row.own_mut)(&mut one));
        if value == *(row.own_mut)(&mut other) {
            *(row.own_mut)(&mut common) = value;
        }
    }
    one.involved.retain(|part| other.involved.contains(part));
    ServiceAct { involved: one.involved, ..common }
}

/// A private rating as it entered the figures.
pub(super) struct CountedRating(RatingSubmitted);

/// The form in which the private rating of an act entered the figures, if it did.
pub(super) fn counted(row: &act::Model) -> Result<Option<CountedRating>, prost::DecodeError> {
    let entered = Some(row.counted.as_slice()).filter(|counted| !counted.is_empty());
    entered.map(RatingSubmitted::decode).transpose().map(|entered| entered.map(CountedRating))
}

impl CountedRating {
    /// Whether it is this rating.
    pub(super) fn is(&self, rating_id: Option<Uuid>) -> bool {
        rating_id.is_some_and(|id| self.0.rating_id == id.to_string())
    }

    /// The dimensions it counts in.
    fn act(&self) -> ServiceAct {
        self.0.act.clone().unwrap_or_default()
    }

    /// The day it counts on.
    fn day(&self) -> Date {
        convert::instant_of(self.0.received_at.as_ref()).map(day_of).unwrap_or_default()
    }

    /// Adds it to the counts, or removes it.
    pub(super) fn count(&self, sums: &mut Sums, by: i64) {
        let count = Count {
            level: column(self.0.level),
            origin: column(self.0.origin),
            ..Count::of(self.day(), Measure::Rated)
        };
        sums.add(&self.act(), count, by);
    }
}

fn unreadable(error: impl std::fmt::Display) -> DbErr {
    DbErr::Type(error.to_string())
}
