//! Ratings that others record: paper forms, and histories of earlier systems. Each is checked like
//! any other, and always keeps its origin and who recorded it.

use std::{collections::HashMap, sync::Arc};

use domain::{
    case::Stage,
    channel::{Channel, RatingEntry},
    deadline::day_of,
    id::RatingId,
    rating::{EarlierThanService, Submission, not_before, not_before_day},
    report::CLOCKS_APART,
    violation::Violations,
};
use jiff::{Timestamp, civil::Date};
use platform::{
    auth::Officer,
    clock::instant,
    convert::{channel_to_wire, level_to_wire, origin_to_wire, stage_to_wire},
    request::RequestKey,
};
use proto::fact::v1::fact::Body;
use uuid::Uuid;

use crate::{
    Intake,
    app::rating::{
        batch::{self, Members},
        context::RatingContext,
        row::words_hash,
        window::last_day,
    },
    convert::{case::act_row_to_wire, rating::Words, to_column},
    entity::{batch_rating, case_file, rating, service_act},
    error::{
        Error,
        rating::{RatingError, invitation::InvitationError},
    },
    facts::rating_submitted,
    store::{
        case::cases,
        rating::{batches, submit},
    },
};

/// When a rating was given, as its source states it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RatingTime {
    /// On a day: a paper form.
    Day(Date),
    /// At an instant: another system.
    Instant(Timestamp),
}

impl RatingTime {
    /// Whether an act had been served by then.
    fn is_after(self, act: &service_act::Model) -> Result<(), EarlierThanService> {
        let served_at = instant(act.reported_at.unwrap_or(act.served_at));
        match self {
            Self::Day(day) => not_before_day(served_at, day),
            Self::Instant(given_at) => not_before(served_at, given_at),
        }
    }
}

/// A rating as its source states it.
#[derive(Clone, Debug)]
pub(crate) struct BroughtRating {
    pub(crate) entry: RatingEntry,
    pub(crate) channel: Channel,
    pub(crate) reference: String,
    pub(crate) project_number: String,
    pub(crate) stage: Stage,
    pub(crate) service_number: u32,
    pub(crate) submission: Submission,
    pub(crate) given_at: RatingTime,
    /// True if it rates all of the batch that the case was handled in (I10).
    pub(crate) whole_batch: bool,
    /// Keyed hash of all of it.
    pub(crate) hash: [u8; 16],
}

/// A rating on record.
#[derive(Clone, Debug)]
pub(crate) enum RecordOutcome {
    /// It is new; a batch's rating has its other acts.
    New(Box<(rating::Model, Body, Option<batch_rating::Model>)>),
    /// It was recorded before.
    Known(Vec<RatingId>),
}

/// The known data of the cases that some ratings name.
pub(crate) struct Record {
    cases: HashMap<String, Vec<case_file::Model>>,
    acts: HashMap<(Uuid, i16, i32), Uuid>,
    shown: RatingContext,
    /// The acts that are rated as one with those named.
    members: Members,
    known: HashMap<Vec<u8>, rating::Model>,
    /// The acts that known ratings of batches are given to.
    given: HashMap<Uuid, batch_rating::Model>,
}

impl Record {
    /// Loads the data within an officer's reach.
    pub(crate) async fn load(
        intake: &Intake,
        officer: &Officer,
        brought: &[BroughtRating],
    ) -> Result<Self, Error> {
        let store = &intake.store;
        let numbers: Vec<&str> = brought.iter().map(|one| one.project_number.as_str()).collect();
        let mut found: HashMap<String, Vec<case_file::Model>> = HashMap::new();
        let mut ids = Vec::new();
        for case in cases::by_project_number(store.read(), &numbers).await? {
            if officer.reaches(&case.region_code) {
                ids.push(case.id);
                found.entry(case.project_number.clone()).or_default().push(case);
            }
        }
        let acts = cases::acts_of(store.read(), &ids).await?;
        let place = |act: &service_act::Model| (act.case_id, act.stage, act.service_number);
        let by_place = acts.iter().map(|act| (place(act), act.id)).collect();
        let acts = acts.into_iter().map(|act| (act.id, Arc::new(act))).collect();
        let lists = brought.iter().map(|one| one.submission.tag_list_version.as_str());
        let shown = RatingContext::of_acts(&intake.reference, acts, lists).await?;
        let mut record = Self {
            cases: found,
            acts: by_place,
            shown,
            members: Members::default(),
            known: HashMap::new(),
            given: HashMap::new(),
        };
        let whole = brought.iter().filter(|one| one.whole_batch);
        let whole = whole.filter_map(|one| record.act(one).ok());
        record.members = Members::load(store, whole).await?;
        let keys = brought.iter().map(|one| record.key(intake, officer, one).key.to_vec());
        let keys: Vec<Vec<u8>> = keys.collect();
        record.known = submit::by_request_key(store, &keys).await?;
        let batches = record.known.values().filter(|row| row.batch_id.is_some());
        let given = batches::of_ratings(store, batches.map(|row| row.id)).await?;
        record.given = given.into_iter().map(|given| (given.rating_id, given)).collect();
        Ok(record)
    }

    /// Whether the cases that some ratings name are all within reach.
    pub(crate) fn reaches_all(&self, brought: &[BroughtRating]) -> bool {
        brought.iter().all(|one| self.cases.contains_key(&one.project_number))
    }

    /// Decides one: recorded now, recorded before, or refused with all its errors.
    pub(crate) fn decide(
        &mut self,
        intake: &Intake,
        officer: &Officer,
        one: &BroughtRating,
        at: Timestamp,
    ) -> Result<RecordOutcome, Error> {
        let mut wrong = Violations::default();
        wrong.require(!one.reference.trim().is_empty(), "reference", "is missing");
        let named = one.entry.may_name(one.channel);
        wrong.require(named, "channel", "cannot be named so");
        wrong.finish(())?;
        let key = self.key(intake, officer, one);
        if let Some(known) = self.known.get(key.key.as_slice()) {
            let mut wrong = Violations::default();
            let same = known.body_hash == one.hash;
            wrong.require(same, "reference", "was brought before with other content");
            wrong.finish(())?;
            let all = self.given.get(&known.id).map(batch::ratings_of).unwrap_or_default();
            let all = if all.is_empty() { vec![known.id] } else { all };
            return Ok(RecordOutcome::Known(all.into_iter().map(RatingId).collect()));
        }
        let act = self.act(one)?;
        let (reported_at, ahead) = match one.given_at {
            RatingTime::Day(day) => (start_of(day), day > day_of(at)),
            RatingTime::Instant(given_at) => {
                (given_at, given_at > at.saturating_add(CLOCKS_APART).unwrap_or(at))
            }
        };
        one.given_at.is_after(act)?;
        let mut wrong = Violations::default();
        wrong.require(!ahead, "given_at", "lies ahead of this server's clock");
        let in_batch = !one.whole_batch || act.batch_id.is_some();
        wrong.require(in_batch, "whole_batch", "is ticked for a case that is rated by itself");
        wrong.finish(())?;
        // A form filled in in time stays in time on the clerk's desk.
        if let (RatingTime::Day(day), Some(closes_at)) = (one.given_at, act.closes_at) {
            let closed_on = last_day(closes_at);
            if day > closed_on {
                return Err(RatingError::WindowClosed { closed_on }.into());
            }
        }
        self.shown.check(act, &one.submission, act.real_name)?;
        let row = rating::Model {
            request_key: key.key.to_vec(),
            batch_id: act.batch_id.filter(|_| one.whole_batch),
            received_at: at.as_microsecond(),
            reported_at: Some(reported_at.as_microsecond()),
            entered_by: Some(officer.id().to_owned()),
            ..row(intake, one, act.id)?
        };
        let given = match one.whole_batch {
            true => self.members.row(&row, act, (false, officer.region())),
            false => None,
        };
        let hash = words_hash(intake, &row)?;
        let fact = rating_submitted(&row, act_row_to_wire(act), act.real_name, hash);
        self.given.extend(given.iter().map(|given| (row.id, given.clone())));
        self.known.insert(row.request_key.clone(), row.clone());
        Ok(RecordOutcome::New(Box::new((row, fact, given))))
    }

    /// The key of a recorded rating: its reference, in the region of the case.
    fn key(&self, intake: &Intake, officer: &Officer, one: &BroughtRating) -> RequestKey {
        let cases = self.cases.get(&one.project_number).map(Vec::as_slice).unwrap_or_default();
        let region_code = cases.first().map_or(officer.region(), |case| &case.region_code);
        let kind: &[u8] = match one.entry {
            RatingEntry::Clerk => b"paper form",
            _ => b"imported rating",
        };
        let parts = [kind, region_code.as_bytes(), one.reference.as_bytes()];
        RequestKey { key: intake.shell.requests.content(&parts), body: one.hash }
    }

    /// The named service act, even one without an invitation because it was reported late: history
    /// is taken over, and the day of a form is the day written on it.
    fn act(&self, one: &BroughtRating) -> Result<&service_act::Model, Error> {
        let number = i32::try_from(one.service_number).unwrap_or(i32::MAX);
        let stage = to_column(stage_to_wire(one.stage));
        let cases = self.cases.get(&one.project_number).map(Vec::as_slice).unwrap_or_default();
        let acts = cases.iter().filter_map(|case| self.acts.get(&(case.id, stage, number)));
        let acts: Vec<_> = acts.filter_map(|id| self.shown.any_act(*id)).collect();
        let mut wrong = Violations::default();
        let known = !cases.is_empty();
        wrong.require(known, "project_number", "is no case known here");
        wrong.require(!known || !acts.is_empty(), "stage", "of this case is not rated here");
        wrong.require(acts.len() <= 1, "project_number", "is the number of several cases");
        wrong.finish(())?;
        acts.into_iter().next().ok_or(InvitationError::NotFound.into())
    }
}

/// The row of a recorded rating, complete except for who recorded it and when.
fn row(intake: &Intake, one: &BroughtRating, act_id: Uuid) -> Result<rating::Model, Error> {
    let id = intake.shell.clock.new_id();
    let submission = &one.submission;
    let words = Words { text: submission.text.clone(), answers: Vec::new() };
    Ok(rating::Model {
        id,
        request_key: Vec::new(),
        body_hash: one.hash.to_vec(),
        act_id,
        level: to_column(level_to_wire(submission.level)),
        tag_codes: submission.tag_codes.join(","),
        tag_list_version: submission.tag_list_version.clone(),
        words: words.seal(&intake.shell.sealer, id)?,
        has_text: !submission.text.trim().is_empty(),
        channel: to_column(channel_to_wire(one.channel)),
        origin: to_column(origin_to_wire(one.entry.origin())),
        private: submission.private,
        received_at: 0,
        reported_at: None,
        batch_id: None,
        entered_by: None,
        reference: Some(one.reference.clone()),
        network: None,
        shown_ms: None,
    })
}

/// The first instant of a day in Asia/Shanghai.
fn start_of(day: Date) -> Timestamp {
    let before = day.yesterday().ok().and_then(domain::deadline::end_of);
    before.unwrap_or(Timestamp::MIN)
}
