//! What raters saw: each act, its item in the version of the act, and of the tag lists the one that
//! the rating names. Ratings are decided against that.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use domain::{
    item::Item,
    rating::{Submission, identified, not_before},
    report::CLOCKS_APART,
};
use platform::{
    clock::instant,
    database::Store,
    reference::{Reference, Snapshot},
    status::Failure,
};
use uuid::Uuid;

use super::batch::Members;
use crate::{
    app::rating::window::in_time,
    convert::case::act_row_to_wire,
    entity::{rating, service_act},
    error::{
        Error,
        rating::{RatingError, invitation::InvitationError},
    },
    facts::rating_submitted,
    state::queue::Candidate,
    store::{case::acts::Acts, rating::submit::NewRating},
};

/// What the raters of some ratings saw.
pub(crate) struct RatingContext {
    acts: HashMap<Uuid, Arc<service_act::Model>>,
    /// The acts that are rated as one with any of them.
    members: Members,
    items: HashMap<(String, i32), Arc<Item>>,
    known: Arc<Snapshot>,
}

impl RatingContext {
    /// Loads it for candidates.
    pub(crate) async fn load(
        store: &Store,
        kept: &Acts,
        reference: &Reference,
        candidates: &[Candidate],
    ) -> Result<Self, Failure> {
        let ids: HashSet<Uuid> = candidates.iter().map(|candidate| candidate.row.act_id).collect();
        let received = candidates.iter().map(|candidate| candidate.row.received_at);
        let acts = kept.by_id(store, ids, received.max().unwrap_or(i64::MAX)).await?;
        let lists = candidates.iter().map(|c| c.submission.tag_list_version.as_str());
        let members = Members::load(store, acts.values().map(Arc::as_ref)).await?;
        let shown = Self::of_acts(reference, acts, lists).await?;
        Ok(Self { members, ..shown })
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
        Ok(Self { acts, members: Members::default(), items, known: reference.now() })
    }

    /// An act, whether anyone was invited to rate it or not.
    pub(crate) fn any_act(&self, id: Uuid) -> Option<&service_act::Model> {
        self.acts.get(&id).map(Arc::as_ref)
    }

    /// An act that can be rated.
    pub(crate) fn act(&self, id: Uuid) -> Result<&service_act::Model, Error> {
        self.any_act(id).filter(|act| act.offered).ok_or(InvitationError::NotFound.into())
    }

    /// Whether an act is rated with others.
    pub(crate) fn is_batch(&self, id: Uuid) -> bool {
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

    /// The rating that follows from a candidate; a batch's rating has its other acts.
    pub(crate) fn decide(&self, candidate: &Candidate) -> Result<NewRating, Error> {
        let row = &candidate.row;
        let act = self.act(row.act_id)?;
        let real_name = act.real_name || candidate.identified;
        self.check(act, &candidate.submission, real_name)?;
        in_time(act, row.received_at)?;
        let (served_at, received_at) = (instant(act.served_at), instant(row.received_at));
        if received_at < served_at && served_at.duration_since(received_at) <= CLOCKS_APART {
            return Err(RatingError::ClockBehind.into());
        }
        not_before(served_at, received_at)?;
        let row = rating::Model { batch_id: act.batch_id, ..row.clone() };
        let batch = self.members.row(&row, act, (candidate.identified, ""));
        let words_hash = candidate.words_hash.clone();
        let fact = rating_submitted(&row, act_row_to_wire(act), real_name, words_hash);
        let new = NewRating::new(row, candidate.fact_id, fact, candidate.traceparent.clone());
        Ok(NewRating { batch, ..new })
    }
}
