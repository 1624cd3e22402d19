//! What raters had before them: each its act, its item in the version of the act, and of the tag
//! lists the one its rating names. Ratings are decided against that.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use domain::{
    deadline::day_of,
    item::Item,
    rating::{Submission, identified, not_before},
    report::CLOCKS_APART,
};
use jiff::civil::Date;
use platform::{
    clock::instant,
    crypto::Sealer,
    database::Store,
    reference::{Reference, Snapshot},
    request::derived_key,
    status::Failure,
};
use uuid::Uuid;

use super::Candidate;
use crate::{
    convert::{Words, act_row_to_wire},
    entity::{rating, service_act},
    error::Error,
    facts::rating_submitted,
    store::{
        acts::{self, Acts},
        submit::NewRating,
    },
};

/// What the raters of some ratings had before them.
pub(crate) struct Shown {
    acts: HashMap<Uuid, Arc<service_act::Model>>,
    /// The acts that are rated as one, by their batch.
    batches: HashMap<Uuid, Vec<Uuid>>,
    items: HashMap<(String, i32), Arc<Item>>,
    known: Arc<Snapshot>,
}

impl Shown {
    /// Loads it for candidates.
    pub(super) async fn load(
        store: &Store,
        kept: &Acts,
        reference: &Reference,
        candidates: &[Candidate],
    ) -> Result<Self, Failure> {
        let ids: HashSet<Uuid> = candidates.iter().map(|candidate| candidate.row.act_id).collect();
        let acts = kept.by_id(store, ids).await?;
        let lists = candidates.iter().map(|c| c.submission.tag_list_version.as_str());
        Self::of_acts(reference, acts, lists).await?.with_batches(store).await
    }

    /// With the acts that are rated as one with any of its own.
    pub(crate) async fn with_batches(mut self, store: &Store) -> Result<Self, Failure> {
        let mut batches: Vec<Uuid> = self.acts.values().filter_map(|act| act.batch_id).collect();
        if !batches.is_empty() {
            batches.sort_unstable();
            batches.dedup();
            for act in acts::of_batches(store, &batches).await? {
                if let Some(batch) = act.batch_id {
                    self.batches.entry(batch).or_default().push(act.id);
                }
                self.acts.entry(act.id).or_insert_with(|| Arc::new(act));
            }
        }
        Ok(self)
    }

    /// Loads the rest of it for ratings of these acts that name these tag lists.
    pub(crate) async fn of_acts(
        reference: &Reference,
        acts: HashMap<Uuid, Arc<service_act::Model>>,
        mut lists: impl Iterator<Item = &str>,
    ) -> Result<Self, Failure> {
        let mut items = HashMap::new();
        for act in acts.values() {
            if let Entry::Vacant(place) = items.entry((act.item_code.clone(), act.item_version)) {
                let version = u32::try_from(act.item_version).unwrap_or_default();
                if let Some(item) = reference.item(&act.item_code, Some(version)).await? {
                    place.insert(item);
                }
            }
        }
        // Another replica may have shown a list published this very second.
        let known = reference.now();
        if !lists.all(|list| list.is_empty() || known.tag_list(list).is_some()) {
            reference.refresh().await?;
        }
        Ok(Self { acts, batches: HashMap::new(), items, known: reference.now() })
    }

    /// An act, whether anyone was invited to rate it or not.
    pub(crate) fn any_act(&self, id: Uuid) -> Option<&service_act::Model> {
        self.acts.get(&id).map(Arc::as_ref)
    }

    /// An act that can be rated.
    pub(crate) fn act(&self, id: Uuid) -> Result<&service_act::Model, Error> {
        self.any_act(id).filter(|act| act.offered).ok_or(Error::InvitationNotFound)
    }

    /// Whether an act is rated with others.
    pub(super) fn is_batch(&self, id: Uuid) -> bool {
        self.acts.get(&id).is_some_and(|act| act.batch_id.is_some())
    }

    /// Checks what was submitted of an act against what was shown.
    pub(crate) fn check(
        &self,
        act: &service_act::Model,
        submission: &Submission,
        real_name: bool,
    ) -> Result<(), Error> {
        let not_yet = |what| Error::NotKnownYet { reason: "CATALOG_NOT_KNOWN_YET", what };
        let profile = self.known.policy(&act.policy);
        let profile = profile.ok_or_else(|| not_yet("the policy profile"))?;
        let item = self.items.get(&(act.item_code.clone(), act.item_version));
        let item = item.ok_or_else(|| not_yet("the item"))?;
        let tags = self.known.tags_shown(profile, &submission.tag_list_version);
        submission.check(profile, tags.map(Arc::as_ref), &item.content.questionnaire)?;
        Ok(identified(profile, real_name)?)
    }

    /// The ratings a candidate comes to: one, or one for each act of a batch, its own first.
    pub(super) fn decide(
        &self,
        candidate: &Candidate,
        sealer: &Sealer,
    ) -> Result<Vec<NewRating>, Error> {
        let row = &candidate.row;
        let act = self.act(row.act_id)?;
        self.check(act, &candidate.submission, act.real_name || candidate.identified)?;
        in_time(act, row.received_at)?;
        let (served_at, received_at) = (instant(act.served_at), instant(row.received_at));
        if received_at < served_at && served_at.duration_since(received_at) <= CLOCKS_APART {
            return Err(Error::ClockBehind);
        }
        not_before(served_at, received_at)?;
        let batch: Vec<_> = self.rated_with(act, row.received_at).collect();
        let mut first = row.clone();
        first.batch_id = act.batch_id.filter(|_| !batch.is_empty());
        let mut ratings = vec![told(first, act, candidate.fact_id, candidate)];
        for (n, other) in (1..).zip(batch) {
            // Every id of a batch follows from the first, so that the same request is the same.
            let id = derived_id(row.id, n);
            let words = Words { text: candidate.submission.text.clone(), answers: Vec::new() };
            let has_text = !words.text.trim().is_empty();
            let words = words.seal(sealer, id)?;
            let row = rating::Model {
                id,
                request_key: derived_key(&candidate.key, other.id).to_vec(),
                act_id: other.id,
                batch_id: act.batch_id,
                words,
                has_text,
                ..row.clone()
            };
            ratings.push(told(row, other, derived_id(candidate.fact_id, n), candidate));
        }
        Ok(ratings)
    }

    /// The other acts of an act's batch.
    pub(crate) fn others_of_batch(
        &self,
        act: &service_act::Model,
    ) -> impl Iterator<Item = &service_act::Model> {
        let batch = act.batch_id.and_then(|batch| self.batches.get(&batch));
        let acts = batch.into_iter().flatten().filter_map(|id| self.any_act(*id));
        acts.filter(move |other| other.id != act.id)
    }

    /// Those of them that are rated with it.
    pub(crate) fn rated_with(
        &self,
        act: &service_act::Model,
        at: i64,
    ) -> impl Iterator<Item = &service_act::Model> {
        self.others_of_batch(act).filter(move |other| together(act, other, at))
    }
}

fn told(
    row: rating::Model,
    act: &service_act::Model,
    fact_id: Uuid,
    candidate: &Candidate,
) -> NewRating {
    let real_name = act.real_name || candidate.identified;
    let fact = rating_submitted(&row, act_row_to_wire(act), real_name);
    NewRating::new(row, fact_id, fact, candidate.traceparent.clone())
}

/// Whether a rating of an act at `at` is also one of another act of its batch: of the same stage, open,
/// and of the same phone's invitation; who was invited by another one rates for themselves.
pub(crate) fn together(act: &service_act::Model, other: &service_act::Model, at: i64) -> bool {
    let same = other.stage == act.stage && other.phone_index == act.phone_index;
    same && other.offered && in_time(other, at).is_ok()
}

/// Whether a rating received at `at` is in time (I06).
pub(crate) fn in_time(act: &service_act::Model, at: i64) -> Result<(), Error> {
    match act.closes_at.filter(|closes_at| at >= *closes_at) {
        None => Ok(()),
        Some(closes_at) => Err(Error::WindowClosed { closed_on: last_day(closes_at) }),
    }
}

/// The last day of a window that closes at the end of it.
pub(crate) fn last_day(closes_at: i64) -> Date {
    day_of(instant(closes_at.saturating_sub(1)))
}

/// The id of a further row that a request makes: the first's, counted on.
fn derived_id(first: Uuid, n: u128) -> Uuid {
    // The last 62 bits of a UUIDv7 are random; counting on in them stays unique.
    const RANDOM: u128 = (1 << 62) - 1;
    let bits = first.as_u128();
    Uuid::from_u128(bits & !RANDOM | (bits.wrapping_add(n) & RANDOM))
}
