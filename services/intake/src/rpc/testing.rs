//! What the tests of this service's RPCs share: a running service over a fresh store that knows a
//! small catalog, and callers admitted through the gate like any other.

pub(crate) use platform::testing::{
    COMMITTED_ITEM, ON_THE_SPOT_ITEM, republished, tag_list_published, wire_item,
};
use platform::{
    auth::{Caller, Rater, System, Terminal},
    bus::Bus,
    clock::Clock,
    database::Store,
    keys::Keys,
    reference::Reference,
    shell::Shell,
    testing::{AGENCY, TERMINALS, TestPlace, WINDOW_ITEM, nobody, principal, seed_reference, tell},
};
use proto::{
    fact::v1::fact::Body,
    intake::v1::{Case, FormEntry, SubmitApplicationRequest, SubmitRatingRequest},
    r#type::v1::{Channel, Level},
};

use super::submit_application;
use crate::{Intake, Migrator, NAME, jobs::commit_ratings::Commits};

pub(crate) struct Fixture {
    pub(crate) intake: Intake,
    pub(crate) place: TestPlace,
}

/// Someone at home, with nothing but an invitation.
pub(crate) fn rater() -> Rater {
    nobody()
}

/// A rating as the portal sends it.
pub(crate) fn rating_request(token: &str, level: Level) -> SubmitRatingRequest {
    SubmitRatingRequest {
        request_id: Clock::System.new_id().to_string(),
        token: token.to_owned(),
        level: level.into(),
        channel: Channel::Portal.into(),
        ..SubmitRatingRequest::default()
    }
}

impl Fixture {
    /// Monday, 2 March 2026, nine o'clock in Changji's time zone.
    pub(crate) async fn new() -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(NAME).await;
        let reference = seed_reference(&store).await;
        let (intake, commits) = Intake::new(store, shell, reference);
        tokio::spawn(commits.run(intake.shell.stop.clone()));
        Self { intake, place }
    }

    /// The service started again over the same store.
    pub(crate) async fn restarted(&self) -> (Intake, Commits) {
        let store = Store::open::<Migrator>(&self.place.location, NAME).await.unwrap();
        let reference = Reference::load(store.clone()).await.unwrap();
        Intake::new(store, self.intake.shell.clone(), reference)
    }

    /// The catalog tells more, and this process has looked.
    pub(crate) async fn tell(&self, bodies: Vec<Body>) {
        tell(&self.intake.store, bodies).await;
        self.intake.reference.refresh().await.unwrap();
    }

    pub(crate) fn terminal(&self) -> Terminal {
        principal(TERMINALS[0], Caller::Terminal)
    }

    pub(crate) fn other_terminal(&self) -> Terminal {
        principal(TERMINALS[1], Caller::Terminal)
    }

    pub(crate) fn system(&self, agency: &str) -> System {
        let caller = Caller::System { agency: agency.to_owned() };
        principal("system", caller)
    }

    pub(crate) fn agency_of(&self, _item: &str) -> String {
        AGENCY.to_owned()
    }

    pub(crate) fn item_without_kiosk(&self) -> String {
        WINDOW_ITEM.to_owned()
    }

    pub(crate) fn application(&self, item: &str) -> SubmitApplicationRequest {
        let entry = |field_id: &str, value: &str| FormEntry {
            field_id: field_id.to_owned(),
            value: value.to_owned(),
        };
        SubmitApplicationRequest {
            request_id: Clock::System.new_id().to_string(),
            item_code: item.to_owned(),
            entries: vec![
                entry("applicant_name", "示例办事人"),
                entry("applicant_phone", "13800000000"),
            ],
            ..SubmitApplicationRequest::default()
        }
    }

    pub(crate) async fn submit(&self, item: &str) -> Case {
        let request = self.application(item);
        let answer = submit_application::run(&self.intake, self.terminal(), request).await;
        answer.unwrap().case.unwrap()
    }

    /// The token of a fresh invitation.
    pub(crate) async fn invitation(&self) -> String {
        self.submit(ON_THE_SPOT_ITEM).await.invitation.unwrap().token
    }
}
