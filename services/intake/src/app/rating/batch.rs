//! A batch is rated once, and each of its acts gets that rating as its own (I10, HY11). The rater's
//! rating is committed with a row that lists its acts. The same transaction writes the ratings of a
//! few acts; the writer writes the others in pieces, and other callers get their turn in between.
//! Every id and request key follows from the rater's rating and the act, so any process that
//! continues writes the same.
//!
//! A case reported after its batch was rated takes the rating over. Report and rating may be
//! committed at once, and neither waits for the other: each checks again after its commit, and the
//! later one sees the other.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use domain::codes::RegionCode;
use platform::{
    database::{Store, Txn},
    request::{RequestKey, derived_key},
    shell::Shell,
    status::Failure,
};
use proto::fact::v1::fact::Body;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    app::rating::window::in_time_until,
    config::RatingLimits,
    convert::{case::act_row_to_wire, rating::Words},
    entity::{batch_rating, rating, service_act},
    error::{Error, rating::RatingError},
    facts::rating_submitted,
    store::rating::{
        batches::{self, Member},
        ratings,
        submit::NewRating,
    },
};

/// How many ratings of batches one transaction writes at most: a few milliseconds of work, so that
/// nobody else waits longer.
pub(crate) const PIECE: usize = 200;
/// How many acts a rating lists at most. Further acts of the batch get it too, but no receipt lists
/// them: the answer would be too long.
const NAMED: usize = 10_000;
/// A minute in microseconds.
const MINUTE: i64 = 60_000_000;

/// The acts of some batches that can be rated, by batch and stage.
#[derive(Default)]
pub(crate) struct Members(HashMap<(Uuid, i16), Vec<Member>>);

impl Members {
    /// Loads them for ratings of these acts.
    pub(crate) async fn load<'a>(
        store: &Store,
        acts: impl Iterator<Item = &'a service_act::Model>,
    ) -> Result<Self, DbErr> {
        let mut ids: Vec<Uuid> = acts.filter_map(|act| act.batch_id).collect();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        ids.sort_unstable();
        ids.dedup();
        let mut members: HashMap<_, Vec<Member>> = HashMap::new();
        for (place, member) in batches::members(store, ids).await? {
            members.entry(place).or_default().push(member);
        }
        Ok(Self(members))
    }

    /// The acts that also get the rating of an act given at `at`: of its batch and stage, open
    /// then, and within reach.
    fn beside(&self, act: &service_act::Model, at: i64, reach: &str) -> impl Iterator<Item = Uuid> {
        let batch = act.batch_id.and_then(|batch| self.0.get(&(batch, act.stage)));
        let open = move |member: &&Member| {
            member.id != act.id
                && in_time_until(member.closes_at, at).is_ok()
                && reaches(reach, &member.region_code)
        };
        batch.into_iter().flatten().filter(open).map(|member| member.id)
    }

    /// The acts that get a rating of an act with a batch; none if the act has none.
    pub(crate) fn row(
        &self,
        first: &rating::Model,
        act: &service_act::Model,
        (identified, reach): (bool, &str),
    ) -> Option<batch_rating::Model> {
        let batch_id = act.batch_id?;
        let given_at = ratings::given_at(first).as_microsecond();
        let acts = self.beside(act, given_at, reach).take(NAMED);
        Some(batch_rating::Model {
            rating_id: first.id,
            batch_id,
            stage: act.stage,
            origin: first.origin,
            given_at,
            identified,
            reach: reach.to_owned(),
            acts: acts.flat_map(Uuid::into_bytes).collect(),
            done: 0,
            owed_since: Some(first.received_at),
        })
    }

    /// The acts that will get a batch's rating but are not listed by it: reported while it was
    /// committed, or beyond the list.
    pub(crate) fn joined(
        &self,
        (first, batch): (&rating::Model, &batch_rating::Model),
        act: &service_act::Model,
    ) -> Vec<Uuid> {
        let mut named = acts_of(batch);
        named.sort_unstable();
        let beside = self.beside(act, ratings::given_at(first).as_microsecond(), &batch.reach);
        beside.filter(|id| named.binary_search(id).is_err()).collect()
    }
}

/// When batches were rated so far, by batch and stage: ratings of a batch have the limits of one
/// act.
pub(crate) struct RatedBefore {
    limits: RatingLimits,
    given_at: HashMap<(Uuid, i16), Vec<i64>>,
}

impl RatedBefore {
    /// Loads it for ratings of these acts.
    pub(crate) async fn load<'a>(
        store: &Store,
        acts: impl Iterator<Item = &'a service_act::Model>,
        limits: RatingLimits,
    ) -> Result<Self, DbErr> {
        let mut rated = Self { limits, given_at: HashMap::new() };
        let ids: BTreeSet<Uuid> = acts.filter_map(|act| act.batch_id).collect();
        if !ids.is_empty() {
            for (place, given_at) in batches::given_at(store, ids).await? {
                rated.given_at.entry(place).or_default().push(given_at);
            }
        }
        Ok(rated)
    }

    /// Counts one more, if it is one of a batch.
    ///
    /// # Errors
    /// If its batch has reached the limit of ratings, in all or within a minute.
    pub(crate) fn once_more(&mut self, new: &NewRating) -> Result<(), Error> {
        let Some(batch) = &new.batch else { return Ok(()) };
        let before = self.given_at.entry((batch.batch_id, batch.stage)).or_default();
        let is_full = |limit: u32, held: usize| limit > 0 && held >= limit as usize;
        if is_full(self.limits.per_act, before.len()) {
            return Err(RatingError::RatedOften.into());
        }
        let lately = before.iter().filter(|at| **at > batch.given_at.saturating_sub(MINUTE));
        if is_full(self.limits.per_minute, lately.count()) {
            return Err(RatingError::RatedFast.into());
        }
        before.push(batch.given_at);
        Ok(())
    }
}

/// Whether a region is the other, or below it; always true without another.
fn reaches(reach: &str, region: &str) -> bool {
    let above = |code: RegionCode| code.ancestors().any(|above| above.as_str() == reach);
    reach.is_empty() || region == reach || RegionCode::parse(region).is_ok_and(above)
}

/// The acts that a rating of a batch lists, in the order in which they get it.
pub(crate) fn acts_of(batch: &batch_rating::Model) -> Vec<Uuid> {
    batch.acts.as_chunks().0.iter().map(|id| Uuid::from_bytes(*id)).collect()
}

/// The ratings that follow from a rating of a batch, its own first; none if it is of one act.
pub(crate) fn ratings_of(batch: &batch_rating::Model) -> Vec<Uuid> {
    let others = acts_of(batch);
    if others.is_empty() {
        return others;
    }
    let others = others.into_iter().map(|act| derived_id(batch.rating_id, act));
    std::iter::once(batch.rating_id).chain(others).collect()
}

/// The rating that an act gets from the rating of its batch, and its fact.
pub(crate) fn give(
    shell: &Shell,
    (first, identified): (&rating::Model, bool),
    act: &service_act::Model,
) -> Result<(rating::Model, Body), Failure> {
    let id = derived_id(first.id, act.id);
    // The answers belong to the act that the rater was shown.
    let original = Words::open(&shell.sealer, &first.words, first.id)?;
    let has_text = !original.text.trim().is_empty();
    let own = Words { text: original.text, answers: Vec::new() };
    let (words, words_hash) = (own.seal(&shell.sealer, id)?, own.hash(&shell.salts, id));
    let row = rating::Model {
        id,
        request_key: key_of(first, act.id),
        act_id: act.id,
        words,
        has_text,
        ..first.clone()
    };
    let real_name = act.real_name || identified;
    let fact = rating_submitted(&row, act_row_to_wire(act), real_name, words_hash);
    Ok((row, fact))
}

/// The request key of the rating that an act gets from the rating of its batch.
pub(crate) fn key_of(first: &rating::Model, act_id: Uuid) -> Vec<u8> {
    let part = |bytes: &[u8]| bytes.first_chunk().copied().unwrap_or_default();
    let key = RequestKey { key: part(&first.request_key), body: part(&first.body_hash) };
    derived_key(&key, act_id).to_vec()
}

/// The ratings that new acts take over from what their batches were rated with before.
pub(crate) async fn taken_over(
    txn: &Txn,
    shell: &Shell,
    acts: &[service_act::Model],
) -> Result<Vec<(rating::Model, Body)>, Failure> {
    let mut standing: HashMap<(Uuid, i16), Option<_>> = HashMap::new();
    let mut ratings = Vec::new();
    for act in acts {
        let Some(batch) = act.batch_id else { continue };
        let place = (batch, act.stage);
        let found = match standing.entry(place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let given = batches::standing(txn, batch, act.stage).await?;
                let row = match &given {
                    Some(given) => batches::rating(txn, given.rating_id).await?,
                    None => None,
                };
                free.insert(row.zip(given))
            }
        };
        let Some((first, batch)) = found else { continue };
        // An act reported after its own window is not rated by a later rating, either.
        let in_time = in_time_until(act.closes_at, batch.given_at).is_ok();
        if in_time && reaches(&batch.reach, &act.region_code) {
            ratings.push(give(shell, (&*first, batch.identified), act)?);
        }
    }
    Ok(ratings)
}

/// Records that acts just committed without a rating will get one, if their batches were rated
/// meanwhile; true if any was.
pub(crate) async fn owe_to<'a>(
    store: &Store,
    acts: impl Iterator<Item = &'a service_act::Model>,
) -> Result<bool, DbErr> {
    let places = acts.filter_map(|act| Some((act.batch_id?, act.stage)));
    let mut owed = false;
    for (batch, stage) in places.collect::<BTreeSet<_>>() {
        if let Some(given) = batches::standing(store.read(), batch, stage).await? {
            batches::owe(store, given.rating_id).await?;
            owed = true;
        }
    }
    Ok(owed)
}

/// The id of the rating that an act gets from another's: the first's time, with the random bits of
/// both.
fn derived_id(first: Uuid, act: Uuid) -> Uuid {
    // The last 62 bits of a UUIDv7 are random; a mix of two is as good.
    const RANDOM: u128 = (1 << 62) - 1;
    Uuid::from_u128(first.as_u128() ^ (act.as_u128() & RANDOM))
}
