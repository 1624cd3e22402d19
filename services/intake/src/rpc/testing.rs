//! What the tests of this service's RPCs share: a running service over a fresh store that knows a
//! small catalog, and callers admitted through the gate like any other.

use domain::rating::RaterKind as Kind;
pub(crate) use platform::testing::{
    COMMITTED_ITEM, ON_THE_SPOT_ITEM, republished, tag_list_published, wire_item,
};
use platform::{
    auth::{Caller, Hidden, Principal, Rater, System, Terminal},
    bus::Bus,
    clock::Clock,
    convert::to_wire,
    database::Store,
    facts,
    keys::Keys,
    reference::Reference,
    shell::Shell,
    testing::{
        AGENCY, STAFF, TERMINALS, TestPlace, WINDOW_ITEM, WINDOWS, nobody, principal,
        seed_reference_under, tell,
    },
};
use proto::{
    fact::v1::fact::Body,
    intake::v1::{
        Applicant, Case, CaseReport, FormEntry, ListMyCasesRequest, MyCase, PushCaseRequest,
        PushCaseResponse, ResolveInvitationRequest, ResolveInvitationResponse, ServiceMode, Step,
        SubmitApplicationRequest, SubmitRatingRequest, SubmitRatingResponse,
    },
    r#type::v1::{Channel, Level, RaterKind, ServiceAct, Stage},
};
use tonic::Status;

use super::{list_my_cases, push_case, resolve_invitation, submit_application, submit_rating};
use crate::{Intake, Migrator, NAME, jobs::commit_ratings::Commits};

/// The identity number of the citizen of these tests: the standard's own sample.
pub(crate) const PERSON: &str = "11010519491231002X";

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
        Self::under("changji-2020").await
    }

    /// The same under another of the profiles that ship.
    pub(crate) async fn under(profile: &str) -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(NAME).await;
        let reference = seed_reference_under(&store, profile).await;
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

    /// Rates with an invitation, as the portal sends it.
    pub(crate) async fn rate(
        &self,
        token: &str,
        level: Level,
    ) -> Result<SubmitRatingResponse, Status> {
        let request = rating_request(token, level);
        Ok(submit_rating::run(&self.intake, rater(), None, request).await?)
    }

    /// What an invitation shows.
    pub(crate) async fn resolve(&self, token: &str) -> ResolveInvitationResponse {
        let request = ResolveInvitationRequest { token: token.to_owned() };
        resolve_invitation::run(&self.intake, rater(), request).await.unwrap()
    }

    /// The agency's business system.
    pub(crate) fn business_system(&self) -> System {
        self.system(AGENCY)
    }

    /// What that system reports of a case accepted at its first window, now; more steps follow.
    pub(crate) fn report(&self, number: &str, item: &str, steps: &[Stage]) -> CaseReport {
        let now = self.intake.shell.clock.now();
        let step = |stage: &Stage| Step {
            stage: (*stage).into(),
            service_number: 1,
            happened_at: Some(to_wire(now)),
            window_id: WINDOWS[0].to_owned(),
            staff_id: STAFF.to_owned(),
            agency_id: String::new(),
        };
        CaseReport {
            project_number: number.to_owned(),
            item_code: item.to_owned(),
            mode: ServiceMode::OnSite.into(),
            applicant: Some(Applicant {
                kind: RaterKind::NaturalPerson.into(),
                name: "示例办事人".to_owned(),
                number: PERSON.to_owned(),
                phone: "13800000000".to_owned(),
                language: "zh-Hans".to_owned(),
            }),
            steps: steps.iter().map(step).collect(),
            ..CaseReport::default()
        }
    }

    /// Pushes a report.
    pub(crate) async fn push(&self, report: CaseReport) -> Result<PushCaseResponse, Status> {
        let request = PushCaseRequest { report: Some(report) };
        Ok(push_case::run(&self.intake, self.business_system(), request).await?)
    }

    /// The citizen of these reports, known by their token.
    pub(crate) fn citizen<P: Principal>(&self, number: &str) -> P {
        let number = Hidden(number.to_owned());
        principal("citizen", Caller::Citizen { rater: Kind::NaturalPerson, number })
    }

    /// The cases of a citizen, as they see them.
    pub(crate) async fn my_cases(&self, number: &str) -> Vec<MyCase> {
        let caller = self.citizen(number);
        let request = ListMyCasesRequest::default();
        list_my_cases::run(&self.intake, caller, request).await.unwrap().cases
    }

    /// Every fact told so far.
    pub(crate) async fn told(&self) -> Vec<Body> {
        let told = facts::list(&self.intake.store, 0, 10_000).await.unwrap();
        told.into_iter().filter_map(|fact| fact.body).collect()
    }

    /// The acts that were offered a rating so far, in order.
    pub(crate) async fn offered(&self) -> Vec<ServiceAct> {
        let told = self.told().await.into_iter();
        let act = |body| match body {
            Body::RatingInvited(invited) => invited.act,
            _ => None,
        };
        told.filter_map(act).collect()
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
