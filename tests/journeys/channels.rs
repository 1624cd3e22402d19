//! One case through all channels, over sockets: pushed by its business system, rated by its
//! applicant, by a key of the hotline, typed from paper, looked up; and what callers do wrong.

use std::time::{Duration, Instant};

use e2e::{
    PATIENCE,
    citizens::{accepted_before, signed},
    deployment::Deployment,
    stretched, within,
};
use pingyi::{demo::tokens::REGION, roles::Role};
use platform::{
    auth::{Caller, PersonDatum, Signer},
    clock::Clock,
    convert::to_wire,
};
use proto::{
    intake::v1::{
        Applicant, CaseReport, EnterPaperFormsRequest, ImportRatingsRequest, ListMyCasesRequest,
        ListRatingsRequest, MyCase, PaperForm, PushCaseRequest, PushCasesRequest,
        ReceiveReplyRequest, ServiceMode, Step, SubmitRatingRequest, WatchWindowRequest,
        case_service_client::CaseServiceClient, rating_service_client::RatingServiceClient,
    },
    ticketing::v1::{
        AssignTicketRequest, Assignment, Contact, ListTicketsRequest, Means, RecordContactRequest,
        step, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Channel, Level, Origin, RaterKind, Stage, TicketState},
};
use tonic::Code;

const AGENCY: &str = "652301-a03";
const ITEM: &str = e2e::citizens::ON_THE_SPOT;
/// The sample region's evaluator, and the window it stands at.
pub(crate) const EVALUATOR: &str = "652301-t03";
pub(crate) const WINDOW: &str = "652301-w01";
/// The identity number of the standard's own sample.
const PERSON: &str = "11010519491231002X";

pub(crate) struct Callers {
    pub(crate) deployment: Deployment,
    pub(crate) signer: Signer,
}

impl Callers {
    pub(crate) async fn new() -> Self {
        let deployment = Deployment::embedded().await;
        let signer = Signer::new(&deployment.keys, Clock::System).unwrap();
        let callers = Self { deployment, signer };
        e2e::until("intake knows the catalog", async || {
            callers.push(&callers.report("P-0", &[])).await.is_ok()
        })
        .await;
        callers
    }

    fn token(&self, caller: Caller) -> String {
        self.signer.token("someone", caller, 600).unwrap()
    }

    fn cases(&self) -> CaseServiceClient<tonic::transport::Channel> {
        CaseServiceClient::new(self.deployment.channel(Role::Intake))
    }

    pub(crate) fn ratings(&self) -> RatingServiceClient<tonic::transport::Channel> {
        RatingServiceClient::new(self.deployment.channel(Role::Intake))
    }

    /// A case accepted before at a window, with further steps of now.
    pub(crate) fn report(&self, number: &str, more: &[Stage]) -> CaseReport {
        let now = Clock::System.now();
        let step = |stage: Stage, at| Step {
            stage: stage.into(),
            service_number: 1,
            happened_at: Some(to_wire(at)),
            ..Step::default()
        };
        let more = more.iter().map(|stage| step(*stage, now));
        CaseReport {
            project_number: number.to_owned(),
            item_code: ITEM.to_owned(),
            mode: ServiceMode::OnSite.into(),
            applicant: Some(Applicant {
                kind: RaterKind::NaturalPerson.into(),
                name: "示例办事人".to_owned(),
                number: PERSON.to_owned(),
                phone: "13800000000".to_owned(),
                language: "ug".to_owned(),
            }),
            steps: std::iter::once(step(Stage::Acceptance, accepted_before(now)))
                .chain(more)
                .collect(),
            ..CaseReport::default()
        }
    }

    pub(crate) async fn push(&self, report: &CaseReport) -> Result<bool, tonic::Status> {
        let request = PushCaseRequest { report: Some(report.clone()) };
        let system = self.token(Caller::System { agency: AGENCY.to_owned() });
        let pushed = self.cases().push_case(signed(request, &system)).await?;
        Ok(pushed.into_inner().changed)
    }

    pub(crate) async fn my_case(&self, number: &str) -> MyCase {
        let hidden = PersonDatum(PERSON.to_owned());
        let citizen =
            Caller::Citizen { rater: domain::rating::RaterKind::NaturalPerson, number: hidden };
        let request = signed(ListMyCasesRequest::default(), &self.token(citizen));
        let mine = self.cases().list_my_cases(request).await.unwrap().into_inner().cases;
        let own = |my: &MyCase| my.case.as_ref().is_some_and(|c| c.project_number == number);
        mine.into_iter().find(own).unwrap()
    }
}

fn rating(token: &str, level: Level) -> SubmitRatingRequest {
    SubmitRatingRequest {
        request_id: Clock::System.new_id().to_string(),
        token: token.to_owned(),
        level: level.into(),
        channel: Channel::App.into(),
        ..SubmitRatingRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i01_i20_i21_one_case_through_the_channels_to_what_became_of_it() {
    let callers = Callers::new().await;
    let whole = callers.report("P-1", &[Stage::Completion]);
    assert!(callers.push(&whole).await.unwrap());
    let again = PushCasesRequest { report: Some(whole) };
    let system = callers.token(Caller::System { agency: AGENCY.to_owned() });
    let stream = signed(tokio_stream::iter(vec![again.clone(), again]), &system);
    let told = callers.cases().push_cases(stream).await.unwrap().into_inner();
    assert_eq!((told.received, told.unchanged), (2, 2), "pushing again changes nothing");

    let mine = callers.my_case("P-1").await;
    let done = mine.acts.iter().find(|act| act.stage() == Stage::Completion).unwrap();
    let token = done.invitation.clone().unwrap().token;
    callers.ratings().submit_rating(rating(&token, Level::Satisfied)).await.unwrap();
    let messenger = callers.token(Caller::Messenger);
    let reply = ReceiveReplyRequest {
        request_id: Clock::System.new_id().to_string(),
        channel: Channel::Hotline.into(),
        phone: "13800000000".to_owned(),
        answer: "１".to_owned(),
        project_number: "P-1".to_owned(),
        ..ReceiveReplyRequest::default()
    };
    let understood = callers.ratings().receive_reply(signed(reply, &messenger)).await.unwrap();
    assert_eq!(understood.into_inner().level(), Level::VeryDissatisfied);
    let form = PaperForm {
        reference: "F-1".to_owned(),
        project_number: "P-1".to_owned(),
        level: Level::VerySatisfied.into(),
        filled_on: domain::deadline::day_of(Clock::System.now()).to_string(),
        ..PaperForm::default()
    };
    let request_id = Clock::System.new_id().to_string();
    let forms = EnterPaperFormsRequest { request_id, forms: vec![form] };
    let clerk = callers.token(Caller::Authority { region: REGION.to_owned() });
    callers.ratings().enter_paper_forms(signed(forms, &clerk)).await.unwrap();

    let request = ListRatingsRequest { token: token.clone(), ..ListRatingsRequest::default() };
    let listed = callers.ratings().list_ratings(request).await.unwrap().into_inner().ratings;
    let shown: Vec<_> = listed.iter().map(|r| (r.channel(), r.origin(), r.effective)).collect();
    let expected = [
        (Channel::Paper, Origin::Paper, false),
        (Channel::Hotline, Origin::Active, true),
        (Channel::App, Origin::Active, false),
    ];
    assert_eq!(shown, expected, "what the rater gave goes before what a clerk typed");
    e2e::until("the applicant sees what became of it", async || {
        let mine = callers.my_case("P-1").await;
        let acts = mine.acts.iter().filter(|act| act.ticket_state() == TicketState::Opened);
        acts.filter(|act| !act.ticket_id.is_empty()).count() == 1
    })
    .await;
    callers.deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_transport_does_to_a_text_refuses_no_form_no_stream_and_no_step_of_a_ticket() {
    let callers = Callers::new().await;
    let both = callers.report("P-1", &[Stage::Completion]);
    assert!(callers.push(&both).await.unwrap());
    let mut spelt = both;
    spelt.project_number = "\u{200B}P-1 \r\n".to_owned();
    spelt.applicant.as_mut().unwrap().name = "示例办事人\r\n".to_owned();
    let system = callers.token(Caller::System { agency: AGENCY.to_owned() });
    let reports = tokio_stream::iter(vec![PushCasesRequest { report: Some(spelt) }]);
    let told = callers.cases().push_cases(signed(reports, &system)).await.unwrap().into_inner();
    assert_eq!((told.unchanged, told.refused), (1, 0), "the same case: {told:?}");

    let clerk = callers.token(Caller::Authority { region: REGION.to_owned() });
    let today = domain::deadline::day_of(Clock::System.now()).to_string();
    for (reference, known) in [("F-1\t", false), ("F-1", true)] {
        let form = PaperForm {
            reference: reference.to_owned(),
            project_number: "P-1\r\n".to_owned(),
            level: Level::Dissatisfied.into(),
            filled_on: today.clone(),
            text: "慢\r\n排队太久\u{200B}".to_owned(),
            ..PaperForm::default()
        };
        let request_id = Clock::System.new_id().to_string();
        let forms = EnterPaperFormsRequest { request_id, forms: vec![form] };
        let entered = callers.ratings().enter_paper_forms(signed(forms, &clerk)).await.unwrap();
        assert_eq!(entered.into_inner().entered[0].known, known, "{reference:?}");
    }
    let earlier = ImportRatingsRequest {
        reference: "R-1\r".to_owned(),
        project_number: "P-1".to_owned(),
        stage: Stage::Completion.into(),
        service_number: 1,
        level: Level::Satisfied.into(),
        text: "还行\r\n\u{FEFF}".to_owned(),
        channel: Channel::App.into(),
        rated_at: Some(to_wire(Clock::System.now())),
        ..ImportRatingsRequest::default()
    };
    let earlier = signed(tokio_stream::iter(vec![earlier]), &clerk);
    let told = callers.ratings().import_ratings(earlier).await.unwrap().into_inner();
    assert_eq!((told.imported, told.refused), (1, 0), "{told:?}");

    let handler = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
    let handler = callers.token(handler);
    let tickets = || TicketServiceClient::new(callers.deployment.channel(Role::Ticketing));
    let mut ticket_id = String::new();
    e2e::until("the form has its ticket", async || {
        let request = signed(ListTicketsRequest::default(), &handler);
        let listed = tickets().list_tickets(request).await.unwrap().into_inner().tickets;
        ticket_id = listed.first().map(|ticket| ticket.ticket_id.clone()).unwrap_or_default();
        !ticket_id.is_empty()
    })
    .await;
    let request_id = || Clock::System.new_id().to_string();
    let assign = AssignTicketRequest {
        request_id: request_id(),
        ticket_id: format!("{ticket_id}\r\n"),
        assignment: Some(Assignment { assignee: "652301-s11\u{200B}".to_owned() }),
        seen_step_count: None,
    };
    tickets().assign_ticket(signed(assign, &handler)).await.unwrap();
    let note = "示例：已致电\r\n核实\u{200B}".to_owned();
    let contact = Contact { means: Means::Phone.into(), reached: true, note };
    let contact = RecordContactRequest {
        request_id: request_id(),
        ticket_id,
        contact: Some(contact),
        seen_step_count: None,
    };
    let kept = tickets().record_contact(signed(contact, &handler)).await.unwrap().into_inner();
    let kept = kept.ticket.unwrap().steps.into_iter().filter_map(|step| step.act);
    let notes: Vec<String> = kept
        .filter_map(|act| match act {
            step::Act::Contact(contact) => Some(contact.note),
            _ => None,
        })
        .collect();
    assert_eq!(notes, ["示例：已致电\n核实"]);
    callers.deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_an_evaluator_wakes_within_a_second_over_the_wire() {
    let callers = Callers::new().await;
    let evaluator = callers.signer.token(EVALUATOR, Caller::Terminal, 600).unwrap();
    let request = signed(WatchWindowRequest {}, &evaluator);
    let mut shown = callers.ratings().watch_window(request).await.unwrap().into_inner();
    let first = within("what it shows", PATIENCE, shown.message()).await.unwrap();
    assert!(first.unwrap().to_rate.is_none());
    let mut report = callers.report("P-1", &[Stage::Completion]);
    for step in &mut report.steps {
        step.window_id = WINDOW.to_owned();
    }
    callers.push(&report).await.unwrap();
    let told = Instant::now();
    let woken = within("the service", PATIENCE, shown.message()).await.unwrap();
    assert!(told.elapsed() < stretched(Duration::from_secs(1)), "{:?}", told.elapsed());
    assert!(!woken.unwrap().to_rate.unwrap().invitation.unwrap().token.is_empty());
    drop(shown);
    callers.deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i15_huge_slow_and_hidden_input_is_refused_in_words_and_leaves_nothing() {
    let callers = Callers::new().await;
    callers.push(&callers.report("P-1", &[Stage::Completion])).await.unwrap();
    let mine = callers.my_case("P-1").await;
    let token = mine.acts[0].invitation.clone().unwrap().token;
    for (text, code) in [
        ("长".repeat(10_000), Code::InvalidArgument),
        ("反\u{202E}写".to_owned(), Code::InvalidArgument),
        ("零\u{200B}宽".to_owned(), Code::InvalidArgument),
        ("长".repeat(1 << 20), Code::OutOfRange),
    ] {
        let request = SubmitRatingRequest { text, ..rating(&token, Level::Satisfied) };
        let refused = callers.ratings().submit_rating(request).await.unwrap_err();
        assert_eq!(refused.code(), code, "{}", refused.message());
    }
    // The database hangs: whoever can wait no longer is told so in time, and asks again later.
    let store = callers.deployment.store(Role::Intake);
    let held = store.begin().await.unwrap();
    let hold = "UPDATE fact_counter SET position = position WHERE id = 1";
    sea_orm::ConnectionTrait::execute_unprepared(&held, hold).await.unwrap();
    let asked = rating(&token, Level::Dissatisfied);
    let mut hurried = tonic::Request::new(asked.clone());
    hurried.set_timeout(Duration::from_millis(200));
    let began = Instant::now();
    let late = callers.ratings().submit_rating(hurried).await.unwrap_err();
    assert!(matches!(late.code(), Code::DeadlineExceeded | Code::Cancelled), "{late:?}");
    assert!(began.elapsed() < stretched(Duration::from_secs(5)), "{:?}", began.elapsed());
    held.rollback().await.unwrap();
    let receipt = callers.ratings().submit_rating(asked.clone()).await.unwrap().into_inner();
    let again = callers.ratings().submit_rating(asked).await.unwrap().into_inner();
    assert_eq!(receipt, again);
    let request = ListRatingsRequest { token, ..ListRatingsRequest::default() };
    let listed = callers.ratings().list_ratings(request).await.unwrap().into_inner().ratings;
    assert_eq!(listed.len(), 1);
    callers.deployment.end().await;
}
