//! Every call that writes, with everything it needs prepared: a repeat is always the same request.

use std::{pin::Pin, sync::Arc};

use domain::rating::RaterKind as Rater;
use e2e::citizens::{Citizens, accepted_before, rating, signed};
use pingyi::demo::tokens::Tokens;
use platform::{
    auth::{Caller, PersonDatum, Signer},
    clock::Clock,
    convert::to_wire,
};
use proto::{
    intake::v1::{
        Applicant, CaseReport, CompleteCaseRequest, DayRange, EnterPaperFormsRequest,
        ImportRatingsRequest, LookPurpose, PaperForm, PersonField, PublishReviewSummaryRequest,
        PushCaseRequest, PushCasesRequest, ReceiveReplyRequest, RecordPermissionRequest,
        RecordReviewRequest, RevealPersonRequest, ReviewSource, ReviewSubject, ReviewSummaryKind,
        ServiceMode, Step, SubmitReviewRequest, case_service_client::CaseServiceClient,
        people_service_client::PeopleServiceClient, rating_service_client::RatingServiceClient,
        reveal_person_request::Subject, review_service_client::ReviewServiceClient,
    },
    r#type::v1::{Channel as By, Level, RaterKind, Stage},
};
use tonic::{Status, transport::Channel};

use crate::town::somebodys_number;

const REGION: &str = "652301";
const AGENCY: &str = "652301-a03";
const ITEM: &str = e2e::citizens::ON_THE_SPOT;
const PERSON: &str = "11010519491231002X";
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

type Sent = Pin<Box<dyn Future<Output = Result<(), Status>> + Send>>;

/// A call that writes.
#[derive(Clone)]
pub(crate) struct Write {
    pub(crate) rpc: &'static str,
    send: Arc<dyn Fn(Channel) -> Sent + Send + Sync>,
}

impl Write {
    /// Sends it once.
    pub(crate) async fn send(&self, channel: Channel) -> Result<(), Status> {
        (self.send)(channel).await
    }
}

/// A call of one message, or of a stream made of a list of them.
macro_rules! call {
    ($client:ident.$rpc:ident($request:expr), $by:expr) => {
        call!($client.$rpc($request), $by, |request| request)
    };
    ($client:ident.$rpc:ident(stream $requests:expr), $by:expr) => {
        call!($client.$rpc($requests), $by, tokio_stream::iter)
    };
    ($client:ident.$rpc:ident($request:expr), $by:expr, $wrapped:expr) => {{
        let (request, by) = ($request, $by.to_owned());
        let send = Arc::new(move |channel| -> Sent {
            let wrap = $wrapped;
            let request = signed(wrap(request.clone()), &by);
            Box::pin(async move { $client::new(channel).$rpc(request).await.map(drop) })
        });
        Write { rpc: stringify!($rpc), send }
    }};
}

mod appeals;
mod attachments;
mod bulletins;
mod catalog;
mod documents;
mod reports;
mod restricted;
mod surveys;
mod terminals;
mod tickets;

fn id() -> String {
    Clock::System.new_id().to_string()
}

fn today() -> jiff::civil::Date {
    domain::deadline::day_of(Clock::System.now())
}

fn days(from: jiff::civil::Date, to: jiff::civil::Date) -> Option<DayRange> {
    Some(DayRange { from: from.to_string(), to: to.to_string() })
}

/// What prepares the writes.
pub(crate) struct Writers {
    channel: Channel,
    citizens: Citizens,
    kiosk: String,
    system: String,
    handler: String,
    colleague: String,
    participant: String,
    authority: String,
    publisher: String,
    nation: String,
    messenger: String,
    signer: Signer,
}

impl Writers {
    pub(crate) fn at(channel: Channel, tokens: &Tokens, signer: &Signer) -> Self {
        let token = |sub: &str, caller| signer.token(sub, caller, 7_200).unwrap();
        Self {
            citizens: Citizens::at(channel.clone(), tokens),
            channel,
            kiosk: tokens.kiosk().unwrap(),
            system: tokens.system(AGENCY).unwrap(),
            handler: tokens.handler(AGENCY).unwrap(),
            colleague: token(
                "colleague",
                Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() },
            ),
            participant: tokens.handler("652301-a02").unwrap(),
            authority: tokens.authority().unwrap(),
            publisher: token("publisher", Caller::Publisher { region: REGION.to_owned() }),
            nation: token("nation", Caller::Authority { region: "000000".to_owned() }),
            messenger: token("sms-gateway", Caller::Messenger),
            signer: signer.clone(),
        }
    }

    fn citizen(&self, number: &str) -> String {
        let number = PersonDatum(number.to_owned());
        let citizen = Caller::Citizen { rater: Rater::NaturalPerson, number };
        self.signer.token("citizen", citizen, 7_200).unwrap()
    }

    /// Every call that writes, each about something of its own.
    pub(crate) async fn ready(&self) -> Vec<Write> {
        let mut writes = self.of_cases().await;
        writes.extend(self.of_ratings().await);
        writes.extend(self.of_reviews().await);
        writes.extend(self.of_surveys().await);
        writes.extend(self.of_tickets().await);
        writes.extend(self.of_appeals().await);
        writes.extend(self.of_restricted_matters().await);
        writes.extend(self.of_reports());
        writes.extend(self.of_bulletins().await);
        writes.extend(self.of_documents().await);
        writes.extend(self.of_attachments().await);
        writes.extend(self.of_the_catalog().await);
        writes.extend(self.of_terminals().await);
        writes
    }

    async fn do_now(&self, write: Write) {
        write.send(self.channel.clone()).await.unwrap_or_else(|e| panic!("{}: {e}", write.rpc));
    }

    /// A case accepted and completed an hour ago, or only accepted.
    fn report(number: &str, completed: bool) -> CaseReport {
        let at = to_wire(accepted_before(Clock::System.now()));
        let step = |stage: Stage| Step {
            stage: stage.into(),
            service_number: 1,
            happened_at: Some(at),
            ..Step::default()
        };
        let stages = [Stage::Acceptance, Stage::Completion];
        CaseReport {
            project_number: number.to_owned(),
            item_code: ITEM.to_owned(),
            mode: ServiceMode::OnSite.into(),
            applicant: Some(Applicant {
                kind: RaterKind::NaturalPerson.into(),
                name: "示例办事人".to_owned(),
                number: PERSON.to_owned(),
                phone: "13800000000".to_owned(),
                ..Applicant::default()
            }),
            steps: stages[..if completed { 2 } else { 1 }].iter().map(|s| step(*s)).collect(),
            ..CaseReport::default()
        }
    }

    /// The number of a known case.
    async fn case(&self, completed: bool) -> String {
        let number = id();
        let report = Some(Self::report(&number, completed));
        let push = PushCaseRequest { report };
        self.do_now(call!(CaseServiceClient.push_case(push), &self.system)).await;
        number
    }

    async fn of_cases(&self) -> Vec<Write> {
        let complete = CompleteCaseRequest {
            request_id: id(),
            project_number: self.case(false).await,
            late_reason: String::new(),
        };
        let push = PushCaseRequest { report: Some(Self::report(&id(), true)) };
        let pushed = |_| PushCasesRequest { report: Some(Self::report(&id(), true)) };
        let many: Vec<_> = (0..3).map(pushed).collect();
        let (citizens, request_id) = (self.citizens.clone(), id());
        let apply = Arc::new(move |channel| -> Sent {
            let (citizens, request_id) = (citizens.over(channel), request_id.clone());
            Box::pin(async move { citizens.apply_as(request_id).await.map(drop) })
        });
        vec![
            Write { rpc: "submit_application", send: apply },
            call!(CaseServiceClient.complete_case(complete), &self.system),
            call!(CaseServiceClient.push_case(push), &self.system),
            call!(CaseServiceClient.push_cases(stream many), &self.system),
        ]
    }

    /// The id of a bad rating that no other call uses.
    async fn rated(&self) -> String {
        let request = rating(&self.citizens.invitation().await, Level::VeryDissatisfied);
        self.citizens.rate(request).await.unwrap().rating_id
    }

    async fn of_ratings(&self) -> Vec<Write> {
        let submit = rating(&self.citizens.invitation().await, Level::VeryDissatisfied);
        let pressed = ReceiveReplyRequest {
            request_id: id(),
            channel: By::Hotline.into(),
            phone: "13800000000".to_owned(),
            answer: "2".to_owned(),
            project_number: self.case(true).await,
            ..ReceiveReplyRequest::default()
        };
        let form = PaperForm {
            reference: id(),
            project_number: self.case(true).await,
            level: Level::Dissatisfied.into(),
            filled_on: today().to_string(),
            ..PaperForm::default()
        };
        let paper = EnterPaperFormsRequest { request_id: id(), forms: vec![form] };
        let imported = ImportRatingsRequest {
            reference: id(),
            project_number: self.case(true).await,
            level: Level::Satisfied.into(),
            channel: By::Portal.into(),
            rated_at: Some(to_wire(Clock::System.now() - jiff::SignedDuration::from_hours(1))),
            ..ImportRatingsRequest::default()
        };
        let allow = RecordPermissionRequest {
            request_id: id(),
            token: self.citizens.invitation().await,
            granted: true,
        };
        let reveal = RevealPersonRequest {
            request_id: id(),
            subject: Some(Subject::RatingId(self.rated().await)),
            fields: vec![PersonField::Name.into()],
            purpose: LookPurpose::CallBack.into(),
            purpose_note: "向评价人核实".to_owned(),
        };
        vec![
            call!(RatingServiceClient.submit_rating(submit), &self.kiosk),
            call!(RatingServiceClient.receive_reply(pressed), &self.messenger),
            call!(RatingServiceClient.enter_paper_forms(paper), &self.authority),
            call!(RatingServiceClient.import_ratings(stream vec![imported]), &self.authority),
            call!(PeopleServiceClient.record_permission(allow), &self.citizen(PERSON)),
            call!(PeopleServiceClient.reveal_person(reveal), &self.authority),
        ]
    }

    async fn of_reviews(&self) -> Vec<Write> {
        let subject = Some(ReviewSubject {
            region_code: REGION.to_owned(),
            agency_id: AGENCY.to_owned(),
            ..ReviewSubject::default()
        });
        let submit = SubmitReviewRequest {
            request_id: id(),
            source: ReviewSource::Website.into(),
            subject: subject.clone(),
            level: Level::Dissatisfied.into(),
            text: "排队太久，无人引导。".to_owned(),
            wants_ticket: true,
            ..SubmitReviewRequest::default()
        };
        let record = RecordReviewRequest {
            request_id: id(),
            source: ReviewSource::Meeting.into(),
            subject,
            text: "大厅缺少老年人座椅。".to_owned(),
            said_on: today().to_string(),
            ..RecordReviewRequest::default()
        };
        let past = today() - jiff::Span::new().days(2);
        let publish = PublishReviewSummaryRequest {
            request_id: id(),
            kind: ReviewSummaryKind::SupervisorsMeeting.into(),
            period: days(past, past),
            words: "逐条办理，均已答复。".to_owned(),
            improvements: "增设引导岗。".to_owned(),
        };
        // Somebody else each time: one citizen writes only so many reviews a day.
        vec![
            call!(ReviewServiceClient.submit_review(submit), &self.citizen(&somebodys_number())),
            call!(ReviewServiceClient.record_review(record), &self.authority),
            call!(ReviewServiceClient.publish_review_summary(publish), &self.authority),
        ]
    }

    /// Someone is served, and rates: on the next days a survey can draw them.
    pub(crate) async fn serve_someone(&self) {
        let request = rating(&self.citizens.invitation().await, Level::Satisfied);
        self.citizens.rate(request).await.unwrap();
    }
}
