//! Ratings that others bring on record: paper forms, and histories of earlier systems. Each is
//! checked like any other, and keeps for ever where it comes from and who brought it.

use std::collections::HashMap;

use domain::{
    channel::{Channel, Given},
    deadline::day_of,
    id::RatingId,
    rating::{Origin, Stage, Submission, not_before, not_before_day},
    report::CLOCKS_APART,
    violation::Violations,
};
use jiff::{Timestamp, civil::Date};
use platform::{
    auth::Officer,
    clock::instant,
    convert::{channel_to_wire, level_to_wire, origin_to_wire, stage_to_wire},
};
use proto::fact::v1::fact::Body;
use uuid::Uuid;

use super::commit_ratings::{Shown, last_day};
use crate::{
    Intake,
    convert::{Words, act_row_to_wire, to_column},
    entity::{case_file, rating, service_act},
    error::Error,
    facts::rating_submitted,
    store::{cases, submit},
};

/// When a rating was given, as whoever brings it says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GivenAt {
    /// On a day: a paper form.
    Day(Date),
    /// At an instant: another system.
    Instant(Timestamp),
}

/// A rating as it is brought.
#[derive(Clone, Debug)]
pub(crate) struct Brought {
    pub(crate) given: Given,
    pub(crate) channel: Channel,
    pub(crate) reference: String,
    pub(crate) project_number: String,
    pub(crate) stage: Stage,
    pub(crate) service_number: u32,
    pub(crate) submission: Submission,
    pub(crate) given_at: GivenAt,
    /// Keyed hash of all of it.
    pub(crate) hash: [u8; 16],
}

/// A rating on record.
#[derive(Clone, Debug)]
pub(crate) enum Recorded {
    /// From now on.
    New(Box<rating::Model>, Box<Body>),
    /// Since it was brought before.
    Known(RatingId),
}

/// What is there of the cases that some ratings name.
pub(crate) struct Record {
    cases: HashMap<String, Vec<case_file::Model>>,
    acts: HashMap<(Uuid, i16, i32), Uuid>,
    shown: Shown,
    known: HashMap<Vec<u8>, rating::Model>,
}

impl Record {
    /// Loads it, as far as it is within an officer's reach.
    pub(crate) async fn load(
        intake: &Intake,
        officer: &Officer,
        brought: &[Brought],
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
        let act_ids = acts.iter().map(|act| act.id).collect();
        let lists = brought.iter().map(|one| one.submission.tag_list_version.as_str());
        let shown = Shown::of_acts(store, &intake.acts, &intake.reference, act_ids, lists).await?;
        let mut record = Self { cases: found, acts: by_place, shown, known: HashMap::new() };
        let key = |one: &Brought| key(intake, record.region(officer, one), one);
        let keys: Vec<Vec<u8>> = brought.iter().map(key).collect();
        record.known = submit::by_request_key(store, &keys).await?;
        Ok(record)
    }

    /// Decides one: on record now, on record before, or refused with everything wrong.
    pub(crate) fn decide(
        &mut self,
        intake: &Intake,
        officer: &Officer,
        one: &Brought,
        at: Timestamp,
    ) -> Result<Recorded, Error> {
        let mut wrong = Violations::default();
        wrong.require(!one.reference.trim().is_empty(), "reference", "is missing");
        let named = one.given.may_name(one.channel);
        wrong.require(named, "channel", "cannot be named so");
        wrong.finish(())?;
        let request_key = key(intake, self.region(officer, one), one);
        if let Some(known) = self.known.get(&request_key) {
            let mut wrong = Violations::default();
            let same = known.body_hash == one.hash;
            wrong.require(same, "reference", "was brought before with other content");
            wrong.finish(())?;
            return Ok(Recorded::Known(RatingId(known.id)));
        }
        let act = self.act(one)?;
        let served_at = instant(act.reported_at.unwrap_or(act.served_at));
        let (reported_at, ahead) = match one.given_at {
            GivenAt::Day(day) => {
                not_before_day(served_at, day)?;
                (start_of(day), day > day_of(at))
            }
            GivenAt::Instant(given_at) => {
                not_before(served_at, given_at)?;
                (given_at, given_at > at.saturating_add(CLOCKS_APART).unwrap_or(at))
            }
        };
        let mut wrong = Violations::default();
        wrong.require(!ahead, "given_at", "lies ahead of this server's clock");
        wrong.finish(())?;
        // A form that was filled in in time stays in time on the clerk's desk.
        if let (GivenAt::Day(day), Some(closes_at)) = (one.given_at, act.closes_at) {
            let closed_on = last_day(closes_at);
            if day > closed_on {
                return Err(Error::WindowClosed { closed_on });
            }
        }
        self.shown.check(act, &one.submission, act.real_name)?;
        let id = intake.shell.clock.new_id();
        let submission = &one.submission;
        let words = Words { text: submission.text.clone(), answers: Vec::new() };
        let row = rating::Model {
            id,
            request_key: request_key.clone(),
            body_hash: one.hash.to_vec(),
            act_id: act.id,
            level: to_column(level_to_wire(submission.level)),
            tag_codes: submission.tag_codes.join(","),
            tag_list_version: submission.tag_list_version.clone(),
            words: words.seal(&intake.shell.sealer, id)?,
            has_text: !submission.text.trim().is_empty(),
            channel: to_column(channel_to_wire(one.channel)),
            origin: to_column(origin_to_wire(one.given.origin())),
            private: submission.private,
            received_at: at.as_microsecond(),
            reported_at: Some(reported_at.as_microsecond()),
            batch_id: None,
            entered_by: Some(officer.id().to_owned()),
            reference: Some(one.reference.clone()),
            network: None,
            shown_ms: None,
        };
        let fact = rating_submitted(&row, act_row_to_wire(act), act.real_name);
        self.known.insert(request_key, row.clone());
        Ok(Recorded::New(Box::new(row), Box::new(fact)))
    }

    /// The region in which a reference is one of a kind: the case's own.
    fn region<'a>(&'a self, officer: &'a Officer, one: &Brought) -> &'a str {
        let cases = self.cases.get(&one.project_number).map(Vec::as_slice).unwrap_or_default();
        cases.first().map_or(officer.region(), |case| &case.region_code)
    }

    /// The service act that is named: of a history also one that nobody was invited to rate.
    fn act(&self, one: &Brought) -> Result<&service_act::Model, Error> {
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
        let offered =
            |act: &&service_act::Model| act.offered || one.given.origin() == Origin::Imported;
        acts.into_iter().next().filter(offered).ok_or(Error::InvitationNotFound)
    }
}

/// What a rating that is brought is recognised by: its reference, in a region.
fn key(intake: &Intake, region_code: &str, one: &Brought) -> Vec<u8> {
    let kind: &[u8] = match one.given {
        Given::Clerk => b"paper form",
        _ => b"imported rating",
    };
    let parts = [kind, region_code.as_bytes(), one.reference.as_bytes()];
    intake.shell.requests.content(&parts).to_vec()
}

/// The first instant of a day in Asia/Shanghai.
fn start_of(day: Date) -> Timestamp {
    let before = day.yesterday().ok().and_then(domain::deadline::end_of);
    before.unwrap_or(Timestamp::MIN)
}
