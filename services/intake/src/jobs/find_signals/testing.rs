//! Ratings of any day in a store, honest or faked, for tests.

use jiff::{SignedDuration, Timestamp};
use platform::testing::{AGENCY, STAFF, WINDOW_ITEM, WINDOWS};
use proto::{
    intake::v1::{ListSignalsRequest, Signal},
    r#type::v1::{Channel, Level, Origin, Stage},
};
use uuid::Uuid;

use super::find;
use crate::{
    convert::to_column,
    entity::{rating, service_act},
    rpc::{
        signal::list_signals,
        testing::{Fixture, authority},
    },
    store::{case::cases, rating::ratings},
};

/// Ratings that are put into a store together.
pub(crate) struct Planting<'a> {
    fixture: &'a Fixture,
    act: service_act::Model,
    acts: Vec<service_act::Model>,
    ratings: Vec<rating::Model>,
}

impl<'a> Planting<'a> {
    pub(crate) async fn new(fixture: &'a Fixture) -> Self {
        let report = fixture.report("P-sample", WINDOW_ITEM, &[Stage::Acceptance]);
        fixture.push(report).await.unwrap();
        let read = fixture.intake.store.read();
        let case = cases::case_of_agency(read, AGENCY, "P-sample").await.unwrap().unwrap();
        let act = cases::acts_of(read, &[case.id]).await.unwrap().remove(0);
        let act = service_act::Model {
            window_id: Some(WINDOWS[0].to_owned()),
            staff_id: Some(STAFF.to_owned()),
            ..act
        };
        Self { fixture, act, acts: Vec::new(), ratings: Vec::new() }
    }

    /// A rating of a service a minute before, by somebody new on the window's evaluator, with what is
    /// different about it.
    pub(crate) fn add(
        &mut self,
        at: Timestamp,
        change: impl FnOnce(&mut rating::Model, &mut service_act::Model),
    ) -> Uuid {
        let clock = &self.fixture.intake.shell.clock;
        clock.set(at);
        let (id, act_id) = (clock.new_id(), clock.new_id());
        let at = at.as_microsecond();
        let mut act = service_act::Model {
            id: act_id,
            case_id: act_id,
            served_at: at - 60_000_000,
            reported_at: None,
            number_index: Some(id.as_bytes().to_vec()),
            ..self.act.clone()
        };
        // The first bytes of an index tell raters apart, as the last of an identity do.
        act.number_index.as_mut().unwrap().reverse();
        let mut rating = rating::Model {
            id,
            request_key: id.as_bytes().to_vec(),
            body_hash: Vec::new(),
            act_id,
            level: to_column(Level::Satisfied),
            tag_codes: String::new(),
            tag_list_version: String::new(),
            words: Vec::new(),
            has_text: false,
            channel: to_column(Channel::Evaluator),
            origin: to_column(Origin::Active),
            private: false,
            received_at: at,
            reported_at: Some(at),
            batch_id: None,
            entered_by: None,
            reference: None,
            network: None,
            shown_ms: None,
        };
        change(&mut rating, &mut act);
        self.acts.push(act);
        self.ratings.push(rating);
        id
    }

    /// Writes them.
    pub(crate) async fn keep(&mut self) {
        let txn = self.fixture.intake.store.begin().await.unwrap();
        cases::insert_acts(&txn, std::mem::take(&mut self.acts)).await.unwrap();
        ratings::insert_ratings(&txn, std::mem::take(&mut self.ratings)).await.unwrap();
        txn.commit().await.unwrap();
    }
}

/// An instant in China.
pub(crate) fn china(day: &str, clock: &str) -> Timestamp {
    format!("{day}T{clock}+08:00").parse().unwrap()
}

/// Two dozen ratings at one window of 2 March, each three seconds after the one before; looked for the
/// next morning. Returns the identities of the ratings, and the signals.
pub(crate) async fn faked(fixture: &Fixture) -> (Vec<Uuid>, Vec<Signal>) {
    let mut planting = Planting::new(fixture).await;
    let first = china("2026-03-02", "10:00:00");
    let add = |n: i64| {
        planting.add(first + SignedDuration::from_secs(3 * n), |rating, _| {
            rating.level = to_column(Level::VerySatisfied);
        })
    };
    let ids = (0..24).map(add).collect();
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-03-03", "01:00:00"));
    let holder = fixture.intake.shell.clock.new_id();
    find(&fixture.intake, holder).await.unwrap();
    (ids, listed(fixture).await)
}

/// The signals that the region's Authority sees, the newest first.
pub(crate) async fn listed(fixture: &Fixture) -> Vec<Signal> {
    let caller = authority(platform::testing::REGION);
    let request = ListSignalsRequest { page_size: 200, ..ListSignalsRequest::default() };
    list_signals::run(&fixture.intake, caller, request).await.unwrap().signals
}
