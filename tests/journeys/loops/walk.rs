//! What the journeys through the loop share: a deployment under a profile with a clock that is moved,
//! its callers, and what each of them sees.

use e2e::{
    citizens::{Citizens, rating, signed},
    deployment::Deployment,
    until,
};
use pingyi::roles::Role;
use platform::{
    auth::{Caller, Signer},
    bus::Bus,
    clock::Clock,
    testing::TestPlace,
};
use proto::{
    intake::v1::{
        GetCaseOutcomeRequest, GetRatingRequest, RatingOutcome, RecordReviewRequest,
        ResolveInvitationRequest, ReviewSource, ReviewSubject, SubmitRatingRequest,
        case_service_client::CaseServiceClient, rating_service_client::RatingServiceClient,
        review_service_client::ReviewServiceClient,
    },
    publication::v1::{
        Dimension, GetFiguresRequest, ListOutcomesRequest, Outcome,
        disclosure_service_client::DisclosureServiceClient,
        statistics_service_client::StatisticsServiceClient,
    },
    ticketing::v1::{
        AcceptResultRequest, AssignTicketRequest, CloseTicketRequest, DecideExclusionRequest,
        DispatchTicketRequest, ExtendTicketRequest, FeedBackSolutionRequest, FeedBackTicketRequest,
        GetTicketRequest, ListTicketsRequest, RecordContactRequest, RecordFollowUpRequest,
        RectifyTicketRequest, ReportResultRequest, ReturnResultRequest, Ticket, UrgeTicketRequest,
        VerifyTicketRequest, step::Act, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Deadline, DeadlineEnd, Finding, Level, TicketState},
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::profiles::region;

/// The agency of the item, which handles its tickets.
pub(super) const AGENCY: &str = "652301-a03";
/// The day on which every claim of these journeys is received: a Friday before three days off, so
/// that working and calendar days differ.
pub(super) const FRIDAY: &str = "2026-04-03";

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// An officer of the handling agency.
    Agency,
    /// An officer of the Authority.
    Authority,
}

/// An act that was rated, and its ticket.
pub(super) struct Claim {
    pub(super) token: String,
    pub(super) project_number: String,
    pub(super) rating_id: String,
    pub(super) ticket: String,
}

/// A region under a profile.
pub(super) struct Walk {
    deployment: Deployment,
    clock: Clock,
    signer: Signer,
    code: &'static str,
}

fn id() -> String {
    Clock::System.new_id().to_string()
}

fn words(deadline: &Deadline) -> String {
    let end = match deadline.end() {
        DeadlineEnd::Unspecified => "not kept",
        DeadlineEnd::Running => "runs",
        DeadlineEnd::Met => "met",
        DeadlineEnd::Superseded => "superseded",
        DeadlineEnd::Lapsed => "lapsed",
        DeadlineEnd::Moved => "moved",
    };
    let missed = if deadline.missed { ", missed" } else { "" };
    format!("{} {} {end}{missed}", deadline.act, deadline.due_on)
}

/// Takes a step with the token of who takes it, under a request id of its own.
pub(super) async fn send(
    mut client: TicketServiceClient<tonic::transport::Channel>,
    token: &str,
    ticket: &str,
    step: Act,
) -> Result<Ticket, Status> {
    macro_rules! rpc {
        ($verb:ident, $request:ident { $field:ident: $step:expr }) => {{
            let ticket_id = ticket.to_owned();
            let seen_step_count = None;
            let request =
                $request { request_id: id(), ticket_id, $field: Some($step), seen_step_count };
            client.$verb(signed(request, token)).await?.into_inner().ticket
        }};
    }
    let ticket = match step {
        Act::Dispatch(step) => rpc!(dispatch_ticket, DispatchTicketRequest { dispatch: step }),
        Act::Assignment(step) => rpc!(assign_ticket, AssignTicketRequest { assignment: step }),
        Act::Contact(step) => rpc!(record_contact, RecordContactRequest { contact: step }),
        Act::Verification(step) => {
            rpc!(verify_ticket, VerifyTicketRequest { verification: step })
        }
        Act::Solution(step) => {
            rpc!(feed_back_solution, FeedBackSolutionRequest { solution: step })
        }
        Act::Rectification(step) => {
            rpc!(rectify_ticket, RectifyTicketRequest { rectification: step })
        }
        Act::Extension(step) => rpc!(extend_ticket, ExtendTicketRequest { extension: step }),
        Act::Feedback(step) => {
            rpc!(feed_back_ticket, FeedBackTicketRequest { feedback: step })
        }
        Act::Report(step) => rpc!(report_result, ReportResultRequest { report: step }),
        Act::Acceptance(step) => rpc!(accept_result, AcceptResultRequest { acceptance: step }),
        Act::Return(step) => rpc!(return_result, ReturnResultRequest { returning: step }),
        Act::Decision(step) => {
            rpc!(decide_exclusion, DecideExclusionRequest { decision: step })
        }
        Act::Urging(step) => rpc!(urge_ticket, UrgeTicketRequest { urging: step }),
        Act::Closing(step) => rpc!(close_ticket, CloseTicketRequest { closing: step }),
        Act::FollowUp(step) => {
            rpc!(record_follow_up, RecordFollowUpRequest { follow_up: step })
        }
        other => panic!("no journey takes {other:?}"),
    };
    Ok(ticket.unwrap())
}

impl Walk {
    /// The sample region under a profile, on the Friday at ten in the morning.
    pub(super) async fn begin(profile: &str, code: &'static str) -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-04-03T02:00:00Z".parse().unwrap());
        let region = region(&place, code, profile);
        let bus = |_: &platform::keys::Keys| Bus::embedded();
        let all = vec![Role::ALL.to_vec()];
        let deployment = Deployment::in_region(region, place, all, &bus, clock.clone()).await;
        Citizens::of(&deployment).await;
        let signer = Signer::new(&deployment.keys, clock.clone()).unwrap();
        Self { deployment, clock, signer, code }
    }

    pub(super) async fn end(self) {
        self.deployment.end().await;
    }

    /// Moves the clock to ten in the morning of a day.
    pub(super) fn on(&self, day: &str) {
        self.clock.set(format!("{day}T02:00:00Z").parse().unwrap());
    }

    /// A token of who takes a step; signed each time, for the clock moves by weeks.
    fn token(&self, by: By) -> String {
        let region = self.code.to_owned();
        let (sub, caller) = match by {
            By::Agency => ("officer", Caller::Handler { region, agency: AGENCY.to_owned() }),
            By::Authority => ("authority", Caller::Authority { region }),
        };
        self.signer.token(sub, caller, 3_600).unwrap()
    }

    fn citizens(&self) -> Citizens {
        Citizens::at(self.deployment.channel(Role::Intake), &self.deployment.tokens)
    }

    fn tickets(&self) -> TicketServiceClient<tonic::transport::Channel> {
        TicketServiceClient::new(self.deployment.channel(Role::Ticketing))
    }

    /// A citizen is served and rates 非常不满意, with a reason where the profile asks for one.
    pub(super) async fn claim(&self) -> Claim {
        let case = self.citizens().apply().await.unwrap();
        let token = case.invitation.unwrap().token;
        let rating_id = self.rate(&token).await;
        let ticket = self.ticket_with(|ticket| ticket.rating_ids.contains(&rating_id)).await;
        Claim { token, project_number: case.project_number, rating_id, ticket: ticket.ticket_id }
    }

    /// Rates the worst level.
    pub(super) async fn rate(&self, token: &str) -> String {
        let mut client = RatingServiceClient::new(self.deployment.channel(Role::Intake));
        let asked = ResolveInvitationRequest { token: token.to_owned() };
        let kiosk = self.deployment.tokens.kiosk().unwrap();
        let shown = client.resolve_invitation(signed(asked, &kiosk)).await.unwrap().into_inner();
        let mut given = rating(token, Level::VeryDissatisfied);
        if shown.negative_needs_reason {
            let refused = self.citizens().rate(given.clone()).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            given = SubmitRatingRequest {
                request_id: id(),
                tag_codes: vec![shown.levels.last().unwrap().tags[0].code.clone()],
                tag_list_version: shown.tag_list_version,
                ..given
            };
        }
        self.citizens().rate(given).await.unwrap().rating_id
    }

    /// A complaint by the hotline about the item, with the hotline's own last day; its ticket.
    pub(super) async fn hotline(&self, due_on: &str) -> String {
        let request = RecordReviewRequest {
            request_id: id(),
            source: ReviewSource::Hotline12345.into(),
            subject: Some(ReviewSubject {
                region_code: self.code.to_owned(),
                item_code: e2e::citizens::ON_THE_SPOT.to_owned(),
                ..ReviewSubject::default()
            }),
            text: "示例：窗口无人。".to_owned(),
            real_name: true,
            wants_ticket: true,
            said_on: FRIDAY.to_owned(),
            original_number: "示例-12345-001".to_owned(),
            hotline_due_on: due_on.to_owned(),
            ..RecordReviewRequest::default()
        };
        let mut client = ReviewServiceClient::new(self.deployment.channel(Role::Intake));
        let recorded = client.record_review(signed(request, &self.token(By::Authority))).await;
        let review = recorded.unwrap().into_inner().review_id;
        self.ticket_with(|ticket| ticket.matter_id == review).await.ticket_id
    }

    /// The one ticket that is so, as the Authority lists it.
    async fn ticket_with(&self, wanted: impl Fn(&Ticket) -> bool) -> Ticket {
        let mut found = Vec::new();
        until("the ticket is open", async || {
            found = self.listed(By::Authority, TicketState::Unspecified).await;
            found.retain(|ticket| wanted(ticket));
            !found.is_empty()
        })
        .await;
        assert_eq!(found.len(), 1, "a claim has one ticket");
        found.remove(0)
    }

    /// The tickets that an office lists in a state.
    pub(super) async fn listed(&self, by: By, state: TicketState) -> Vec<Ticket> {
        let asked = ListTicketsRequest { state: state.into(), ..ListTicketsRequest::default() };
        let request = signed(asked, &self.token(by));
        self.tickets().list_tickets(request).await.unwrap().into_inner().tickets
    }

    /// A ticket; its steps are gapless.
    pub(super) async fn ticket(&self, ticket: &str) -> Ticket {
        let asked = GetTicketRequest { ticket_id: ticket.to_owned(), before_step: 0 };
        let request = signed(asked, &self.token(By::Authority));
        let ticket = self.tickets().get_ticket(request).await.unwrap().into_inner().ticket.unwrap();
        let numbers: Vec<u32> = ticket.steps.iter().map(|step| step.sequence).collect();
        assert_eq!(numbers, (1..=ticket.step_count).collect::<Vec<_>>(), "every step is on record");
        ticket
    }

    /// Where a ticket stands, and each deadline it has or had: act, day, and how it ended.
    pub(super) async fn stands(&self, ticket: &str, state: TicketState, dues: &[&str]) {
        let ticket = self.ticket(ticket).await;
        let seen: Vec<String> = ticket.deadlines.iter().map(words).collect();
        assert_eq!((ticket.state(), seen), (state, dues.iter().map(|d| (*d).to_owned()).collect()));
    }

    /// Takes a step.
    async fn step(&self, by: By, ticket: &str, step: Act) -> Result<Ticket, Status> {
        send(self.tickets(), &self.token(by), ticket, step).await
    }

    /// Takes steps that are all allowed.
    pub(super) async fn take(&self, by: By, ticket: &str, steps: impl IntoIterator<Item = Act>) {
        for step in steps {
            let name = format!("{step:?}");
            let taken = self.step(by, ticket, step).await;
            taken.unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        }
    }

    /// A step that is refused: what people are told, in Chinese.
    pub(super) async fn refused(&self, by: By, ticket: &str, step: Act) -> String {
        let status = self.step(by, ticket, step).await.unwrap_err();
        status.get_error_details().localized_message().unwrap().message.clone()
    }

    /// A step whose content is wrong: each field with what is wrong with it.
    pub(super) async fn wrong(&self, by: By, ticket: &str, step: Act) -> Vec<String> {
        let status = self.step(by, ticket, step).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        let details = status.get_error_details();
        let fields = &details.bad_request().unwrap().field_violations;
        fields.iter().map(|wrong| format!("{}: {}", wrong.field, wrong.description)).collect()
    }

    /// The rater's and the case's own system both see where it stands: finding and next date.
    pub(super) async fn seen(
        &self,
        claim: &Claim,
        state: TicketState,
        finding: Finding,
        next: &str,
    ) {
        let expected = (claim.ticket.as_str(), state, finding, next, AGENCY);
        until(&format!("rater and system see {expected:?}"), async || {
            let (rater, system) = (self.outcome(claim).await, self.case_outcome(claim).await);
            let (its, due) = (rater.ticket_id.as_str(), rater.next_due_on.as_str());
            let rater = (its, rater.state(), rater.finding(), due, rater.agency_id.as_str());
            let (its, due, by) = (&system.ticket_id, &system.next_due_on, &system.agency_id);
            let (state, finding) = (system.ticket_state(), system.finding());
            rater == expected
                && (its.as_str(), state, finding, due.as_str(), by.as_str()) == expected
        })
        .await;
    }

    async fn outcome(&self, claim: &Claim) -> RatingOutcome {
        let Claim { token, rating_id, .. } = claim;
        let request = GetRatingRequest { token: token.clone(), rating_id: rating_id.clone() };
        let mut client = RatingServiceClient::new(self.deployment.channel(Role::Intake));
        let kiosk = self.deployment.tokens.kiosk().unwrap();
        let answer = client.get_rating(signed(request, &kiosk)).await.unwrap().into_inner();
        answer.outcome.unwrap_or_default()
    }

    async fn case_outcome(&self, claim: &Claim) -> proto::intake::v1::ActOutcome {
        let request = GetCaseOutcomeRequest { project_number: claim.project_number.clone() };
        let mut client = CaseServiceClient::new(self.deployment.channel(Role::Intake));
        let system = self.deployment.tokens.system(AGENCY).unwrap();
        let answer = client.get_case_outcome(signed(request, &system)).await.unwrap();
        let acts = answer.into_inner().acts;
        acts.into_iter().find(|act| !act.ticket_id.is_empty()).unwrap_or_default()
    }

    /// Everyone can see where a ticket stands, with its finding.
    pub(super) async fn published(&self, ticket: &str, state: TicketState, finding: Finding) {
        let mut last = Outcome::default();
        until("the outcome is published", async || {
            let request = ListOutcomesRequest {
                region_code: self.code.to_owned(),
                ..ListOutcomesRequest::default()
            };
            let channel = self.deployment.channel(Role::Publication);
            let listed = DisclosureServiceClient::new(channel).list_outcomes(request).await;
            let outcomes = listed.unwrap().into_inner().outcomes;
            let own = outcomes.into_iter().find(|outcome| outcome.ticket_id == ticket);
            last = own.unwrap_or_default();
            last.state() == state
        })
        .await;
        assert_eq!((last.finding(), last.agency_id.as_str()), (finding, AGENCY));
    }

    /// The published figures since that Friday: tickets fed back of those opened, and ratings of the
    /// worst level.
    pub(super) async fn counted(&self, fed_back: u64, opened: u64, worst: u64) {
        until("the figures are published", async || {
            let request = GetFiguresRequest {
                dimension: Dimension::Agency.into(),
                key: AGENCY.to_owned(),
                from: FRIDAY.to_owned(),
                to: "2026-06-30".to_owned(),
                ..GetFiguresRequest::default()
            };
            let channel = self.deployment.channel(Role::Publication);
            let answer = StatisticsServiceClient::new(channel).get_figures(request).await;
            let row = answer.unwrap().into_inner().rows.pop().unwrap_or_default();
            let rate = row.rectification.unwrap_or_default();
            let given = row.levels.last().map_or(0, |level| level.count);
            (rate.numerator, rate.denominator, given) == (fed_back, opened, worst)
        })
        .await;
    }
}
