//! What the tests of this service's RPCs share: a running service over a fresh store that knows a
//! small catalog, and callers admitted through the gate like any other.

use domain::rating::RaterKind as Kind;
pub(crate) use platform::testing::{
    COMMITTED_ITEM, ON_THE_SPOT_ITEM, republished, tag_list_published, wire_item,
};
use platform::{
    auth::{Authority, Caller, Officer, PersonDatum, Principal, Rater, System, Terminal},
    bus::Bus,
    clock::Clock,
    convert::to_wire,
    database::Store,
    facts::{self, consume::Consumer as _},
    keys::Keys,
    reference::Reference,
    shell::Shell,
    testing::{
        AGENCY, REGION, STAFF, TERMINALS, TestPlace, WINDOW_ITEM, WINDOWS, nobody, principal,
        seed_reference_under, tell,
    },
};
use proto::{
    catalog::v1::{FieldKind, FormField},
    fact::v1::{
        Fact, MatterRaised, RatingOpening, TicketOpened, TicketStepped, fact::Body, ticket_opened,
    },
    intake::v1::{
        Answer, Applicant, Case, CaseReport, FormEntry, ListMyCasesRequest, LookPurpose, MyCase,
        PushCaseRequest, PushCaseResponse, ResolveInvitationRequest, ResolveInvitationResponse,
        RevealPersonRequest, ServiceMode, Step, SubmitApplicationRequest, SubmitRatingRequest,
        SubmitRatingResponse, reveal_person_request,
    },
    r#type::v1::{Channel, Level, RaterKind, ServiceAct, Stage, TicketState},
};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, IntoActiveModel as _};
use tonic::Status;
use uuid::Uuid;

use crate::{
    Intake, Migrator, NAME as SERVICE,
    convert::case::act_row_to_wire,
    jobs::commit_ratings::Commits,
    rpc::{
        case::{list_my_cases, push_case, submit_application},
        rating::{resolve_invitation, submit_rating},
    },
    store::{
        case::{acts, cases},
        rating::batches,
    },
};

/// The identity number of the citizen of these tests: the standard's own sample.
pub(crate) const PERSON: &str = "11010519491231002X";

/// Someone whose data can be recognised in any bytes.
pub(crate) const NAME: &str = "示例某";
pub(crate) const NUMBER: &str = "11010519491231002X";
pub(crate) const PHONE: &str = "13800008000";
pub(crate) const TEXT: &str = "等了三个小时";
pub(crate) const ANSWER: &str = "请多开两个窗口";
/// Why an officer looks.
pub(crate) const NOTE: &str = "向评价人核实等候时间";

/// What a visit produced.
pub(crate) struct RatedVisit {
    pub(crate) case_id: String,
    pub(crate) rating_id: String,
}

pub(crate) struct Fixture {
    pub(crate) intake: Intake,
    pub(crate) place: TestPlace,
}

/// Someone at home with only an invitation.
pub(crate) fn rater() -> Rater {
    nobody()
}

/// An officer of a region's Authority.
pub(crate) fn authority(region: &str) -> Authority {
    principal("officer", Caller::Authority { region: region.to_owned() })
}

/// An officer of the region's Authority, or of an agency.
pub(crate) fn officer(id: &str, agency: Option<&str>) -> Officer {
    let region = REGION.to_owned();
    let caller = match agency {
        None => Caller::Authority { region },
        Some(agency) => Caller::Handler { region, agency: agency.to_owned() },
    };
    principal(id, caller)
}

/// A request to see the rater of a rating.
pub(crate) fn reveal(rated: &RatedVisit, fields: &[i32]) -> RevealPersonRequest {
    RevealPersonRequest {
        request_id: Clock::System.new_id().to_string(),
        subject: Some(reveal_person_request::Subject::RatingId(rated.rating_id.clone())),
        fields: fields.to_vec(),
        purpose: LookPurpose::CallBack.into(),
        purpose_note: NOTE.to_owned(),
    }
}

/// Whether a text lies somewhere in bytes.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The fields in a refusal, in their order.
pub(crate) fn named(refused: impl Into<tonic::Status>) -> Vec<String> {
    let details = tonic_types::StatusExt::get_error_details(&refused.into());
    let wrong = details.bad_request().unwrap().field_violations.clone();
    wrong.into_iter().map(|violation| violation.field).collect()
}

/// The code and the stable reason of a refusal.
pub(crate) fn refusal(refused: impl Into<tonic::Status>) -> (tonic::Code, String) {
    let status = refused.into();
    let details = tonic_types::StatusExt::get_error_details(&status);
    (status.code(), details.error_info().unwrap().reason.clone())
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
        Self::with(&Keys::make()).await
    }

    /// The same with these keys.
    pub(crate) async fn with(keys: &Keys) -> Self {
        Self::started("changji-2020", keys).await
    }

    /// The same under another of the shipped profiles.
    pub(crate) async fn under(profile: &str) -> Self {
        Self::started(profile, &Keys::make()).await
    }

    async fn started(profile: &str, keys: &Keys) -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(keys, clock, Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(SERVICE).await;
        let reference = seed_reference_under(&store, profile).await;
        let (intake, commits) = Intake::new(store, shell, reference);
        tokio::spawn(commits.run(intake.shell.stop.clone()));
        Self { intake, place }
    }

    /// The clock stands at nine o'clock of a day in March 2026.
    pub(crate) fn on_march(&self, day: u8) {
        self.intake.shell.clock.set(format!("2026-03-{day:02}T01:00:00Z").parse().unwrap());
    }

    /// The matters reported.
    pub(crate) async fn matters(&self) -> Vec<MatterRaised> {
        let told = self.told().await.into_iter();
        let matters = told.filter_map(|body| match body {
            Body::MatterRaised(matter) => Some(matter),
            _ => None,
        });
        matters.collect()
    }

    /// The service started again over the same store.
    pub(crate) async fn restarted(&self) -> (Intake, Commits) {
        let store = Store::open::<Migrator>(&self.place.location, SERVICE).await.unwrap();
        let reference = Reference::load(store.clone()).await.unwrap();
        Intake::new(store, self.intake.shell.clone(), reference)
    }

    /// The catalog sends more facts, and this process has read them.
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

    /// That system's report of a case accepted at its first window, now; more steps follow.
    pub(crate) fn report(&self, number: &str, item: &str, steps: &[Stage]) -> CaseReport {
        let now = self.intake.shell.clock.now();
        let step = |stage: &Stage| Step {
            stage: (*stage).into(),
            service_number: 1,
            happened_at: Some(to_wire(now)),
            window_id: WINDOWS[0].to_owned(),
            staff_id: STAFF.to_owned(),
            agency_id: String::new(),
            platform_id: String::new(),
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

    /// The citizen of these reports, identified by their token.
    pub(crate) fn citizen<P: Principal>(&self, number: &str) -> P {
        let number = PersonDatum(number.to_owned());
        principal("citizen", Caller::Citizen { rater: Kind::NaturalPerson, number })
    }

    /// The cases of a citizen, as they see them.
    pub(crate) async fn my_cases(&self, number: &str) -> Vec<MyCase> {
        let caller = self.citizen(number);
        let request = ListMyCasesRequest::default();
        list_my_cases::run(&self.intake, caller, request).await.unwrap().cases
    }

    /// Waits until every act of the batches that were rated has its rating.
    pub(crate) async fn settled(&self) {
        let store = &self.intake.store;
        let wait = async {
            while !batches::owed(store, 1).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        platform::testing::wait::within(
            "every act has its rating",
            platform::testing::wait::PATIENCE,
            wait,
        )
        .await;
    }

    /// Every fact written so far.
    pub(crate) async fn told(&self) -> Vec<Body> {
        let told = facts::list(&self.intake.store, 0, 10_000).await.unwrap();
        told.into_iter().filter_map(|fact| fact.body).collect()
    }

    /// The acts that can be rated so far, by time and stage.
    pub(crate) async fn offered(&self) -> Vec<ServiceAct> {
        let offered = cases::offered(self.intake.store.read()).await.unwrap();
        offered.iter().map(act_row_to_wire).collect()
    }

    pub(crate) async fn submit(&self, item: &str) -> Case {
        let request = self.application(item);
        let answer = submit_application::run(&self.intake, self.terminal(), request).await;
        answer.unwrap().case.unwrap()
    }

    /// Someone whose data are all known was served, and rated with words of their own.
    pub(crate) async fn rated_by_someone(&self) -> RatedVisit {
        let mut item = wire_item(ON_THE_SPOT_ITEM);
        item.version = 2;
        item.form.push(FormField {
            field_id: "applicant_number".to_owned(),
            label: "身份证号".to_owned(),
            kind: FieldKind::IdNumber.into(),
            required: true,
            max_length: 18,
            choices: Vec::new(),
        });
        self.tell(vec![republished(&item)]).await;
        let mut request = self.application(ON_THE_SPOT_ITEM);
        let entry = |(field_id, value): (&str, &str)| FormEntry {
            field_id: field_id.to_owned(),
            value: value.to_owned(),
        };
        let entries =
            [("applicant_name", NAME), ("applicant_phone", PHONE), ("applicant_number", NUMBER)];
        request.entries = entries.map(entry).to_vec();
        let answer = submit_application::run(&self.intake, self.terminal(), request).await;
        let case = answer.unwrap().case.unwrap();
        let mut request = rating_request(&case.invitation.unwrap().token, Level::VeryDissatisfied);
        request.text = TEXT.to_owned();
        let question_id = "suggestions".to_owned();
        request.answers = vec![Answer { question_id, value: ANSWER.to_owned() }];
        let rating = submit_rating::run(&self.intake, rater(), None, request).await.unwrap();
        RatedVisit { case_id: case.case_id, rating_id: rating.rating_id }
    }

    /// The act of a rating has a ticket in this state, as ticketing says; nothing of the agency is
    /// known of it but the next date.
    pub(crate) async fn ticket_is(&self, rating_id: &str, state: TicketState) {
        let txn = self.intake.store.begin().await.unwrap();
        let rating = batches::rating(&txn, rating_id.parse().unwrap()).await.unwrap().unwrap();
        let act_id = rating.act_id.to_string();
        let (ticket_id, at) = (Uuid::nil().to_string(), to_wire(self.intake.shell.clock.now()));
        let opened = TicketOpened {
            ticket_id: ticket_id.clone(),
            act: Some(ServiceAct { act_id, agency_id: AGENCY.to_owned(), ..Default::default() }),
            opened_at: Some(at),
            next_due_on: "2026-03-02".to_owned(),
            opening: Some(ticket_opened::Opening::Rating(RatingOpening {
                rating_id: rating_id.to_owned(),
            })),
            ..TicketOpened::default()
        };
        let stepped = TicketStepped {
            ticket_id,
            sequence: i32::from(state).unsigned_abs(),
            state: state.into(),
            at: Some(at),
            next_due_on: "2026-03-09".to_owned(),
            agency_id: AGENCY.to_owned(),
            ..TicketStepped::default()
        };
        let facts = [Body::TicketOpened(opened), Body::TicketStepped(stepped)];
        let facts = facts.into_iter().zip(1..).map(|(body, position)| Fact {
            position,
            producer: "ticketing".to_owned(),
            body: Some(body),
            ..Fact::default()
        });
        let facts: Vec<Fact> = facts.collect();
        let applied = self.intake.consumer().apply(&txn, &facts).await.unwrap();
        txn.commit().await.unwrap();
        assert!(applied.left.is_empty());
    }

    /// Adds that this member of staff gave the case's service, as a business system would report.
    pub(crate) async fn served_by(&self, case_id: &str, staff_id: &str) {
        let act = acts::act_of_case(&self.intake.store, case_id.parse().unwrap()).await;
        let mut act = act.unwrap().unwrap().into_active_model();
        act.staff_id = Set(Some(staff_id.to_owned()));
        act.update(self.intake.store.write()).await.unwrap();
    }

    /// The token of a fresh invitation.
    pub(crate) async fn invitation(&self) -> String {
        self.submit(ON_THE_SPOT_ITEM).await.invitation.unwrap().token
    }
}
