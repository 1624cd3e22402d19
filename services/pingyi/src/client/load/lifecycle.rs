//! Complaint lifecycles: a citizen is served and rates the worst level, a ticket opens, and the
//! officers of many agencies take it to its closing, each step under a request id of its own. A call
//! that nobody answers is sent again as it was, as callers do.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use domain::deadline::day_of;
use jiff::civil::Date;
use platform::{auth::Caller, clock::Clock, stop::Stop};
use proto::{
    catalog::v1::{
        GetProfileRequest, Item, ListUnitsRequest, Unit, UnitKind,
        organization_service_client::OrganizationServiceClient,
        policy_service_client::PolicyServiceClient,
    },
    intake::v1::{
        GetRatingRequest, SubmitRatingRequest, rating_service_client::RatingServiceClient,
    },
    ticketing::v1::{
        AcceptResultRequest, Acceptance, AssignTicketRequest, Assignment, CloseTicketRequest,
        Closing, Contact, Dispatch, DispatchTicketRequest, FeedBackTicketRequest, Feedback,
        ListTicketsRequest, Means, RecordContactRequest, Rectification, RectifyTicketRequest,
        Report, ReportResultRequest, Verification, VerifyTicketRequest,
        ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Finding, Level, TicketState},
};
use serde::Serialize;
use tonic::{Response, Status};

use super::{
    LoadError,
    pace::{Pace, PaceResult, drive},
    ratings::{Raters, apply, invitation},
    recount::Counted,
    tally::{Calls, Tally, Unacknowledged},
    target::{Identity, Patience, Target},
};
use crate::client::ClientError;

/// How long a rater looks for the ticket.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the rater waits before looking again.
const LOOK: Duration = Duration::from_millis(50);
/// How many tickets an officer lists at once.
const PAGE: u32 = 50;

/// Who takes part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crowd {
    /// Officers, of all agencies together.
    pub(crate) officers: NonZeroUsize,
    /// Agencies, as many of them as the region has with a person to assign.
    pub(crate) agencies: NonZeroUsize,
}

/// Who took part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Present {
    pub(super) officers: usize,
    pub(super) agencies: usize,
}

/// An agency and its officers.
struct Agency {
    id: String,
    assignee: String,
    officers: Vec<Target>,
}

/// One lifecycle, as far as it was acknowledged.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    /// The rating as it was sent; none if there was nothing to rate.
    pub(super) asked: Option<SubmitRatingRequest>,
    /// The acknowledged rating.
    pub(super) rating_id: Option<String>,
    /// The ticket that the rater found.
    pub(super) ticket_id: Option<String>,
    /// Steps that were acknowledged.
    pub(super) steps: u32,
    /// Whether it was closed.
    pub(super) closed: bool,
    /// Whether a step went unanswered for good, and may have been taken.
    pub(super) unsure: bool,
}

/// A region's hall in a quarter of a year, on fast forward.
pub(super) struct Hall {
    pub(super) region: String,
    pub(super) citizens: Target,
    pub(super) authority: Target,
    pub(super) patience: Patience,
    /// Whether the Authority reviews results here.
    pub(super) reviewed: bool,
    /// The figures before, and the day from which they were counted.
    pub(super) before: Counted,
    pub(super) from: Date,
    pub(super) lives: Mutex<Vec<Life>>,
    agencies: Vec<Agency>,
    item: Item,
    form: SubmitRatingRequest,
    next: AtomicUsize,
    tallies: Tallies,
}

/// What became of each call, and of lifecycles as a whole.
struct Tallies {
    whole: Tally,
    applied: Tally,
    rated: Tally,
    found: Tally,
    dispatched: Tally,
    assigned: Tally,
    contacted: Tally,
    verified: Tally,
    rectified: Tally,
    fed_back: Tally,
    reported: Tally,
    accepted: Tally,
    closed: Tally,
    listed: Tally,
}

impl Tallies {
    fn new() -> Result<Self, LoadError> {
        Ok(Self {
            whole: Tally::new("(lifecycle)")?,
            applied: Tally::new("SubmitApplication")?,
            rated: Tally::new("SubmitRating")?,
            found: Tally::new("(ticket found)")?,
            dispatched: Tally::new("DispatchTicket")?,
            assigned: Tally::new("AssignTicket")?,
            contacted: Tally::new("RecordContact")?,
            verified: Tally::new("VerifyTicket")?,
            rectified: Tally::new("RectifyTicket")?,
            fed_back: Tally::new("FeedBackTicket")?,
            reported: Tally::new("ReportResult")?,
            accepted: Tally::new("AcceptResult")?,
            closed: Tally::new("CloseTicket")?,
            listed: Tally::new("ListTickets")?,
        })
    }

    fn figures(&self, driven: &PaceResult) -> Vec<Calls> {
        let Self { whole, applied, rated, found, dispatched, assigned, contacted, .. } = self;
        let Self { verified, rectified, fed_back, reported, accepted, closed, listed, .. } = self;
        let all = [
            whole, applied, rated, found, dispatched, assigned, contacted, verified, rectified,
            fed_back, reported, accepted, closed, listed,
        ];
        all.map(|tally| tally.figures(driven.began, driven.span)).into()
    }
}

fn id() -> String {
    Clock::System.new_id().to_string()
}

impl Hall {
    /// Opens the hall: what is applied for, who handles it, and the figures before.
    pub(super) async fn prepare(
        target: Target,
        identity: &Identity,
        region: &str,
        crowd: Crowd,
    ) -> Result<Self, LoadError> {
        let authority = Caller::Authority { region: region.to_owned() };
        let authority = identity.officer("load-of-the-authority", authority)?;
        let authority = target.clone().by(&authority)?;
        let citizens = target.clone().by(&identity.terminal(region)?)?;
        let (raters, _) = Raters::prepare(citizens.clone(), region, NonZeroUsize::MIN).await?;
        let worst = |form: &&SubmitRatingRequest| form.level() == Level::VeryDissatisfied;
        let form = raters.forms.iter().find(worst).cloned().unwrap_or_default();
        let reviewed = reviews(&target, region).await?;
        let agencies = agencies(&target, identity, region, crowd).await?;
        let from = day_of(Clock::System.now());
        let before = Counted::settled(&citizens, region, from).await?;
        Ok(Self {
            region: region.to_owned(),
            citizens,
            authority,
            patience: Patience::default(),
            reviewed,
            before,
            from,
            lives: Mutex::default(),
            agencies,
            item: raters.item,
            form,
            next: AtomicUsize::new(0),
            tallies: Tallies::new()?,
        })
    }

    /// Lifecycles until the time is over.
    pub(super) async fn run(
        self: &Arc<Self>,
        pace: Pace,
        span: Duration,
        stop: &Stop,
    ) -> (PaceResult, Vec<Calls>) {
        let shared = Arc::clone(self);
        let call = move |caller, intended| {
            let hall = Arc::clone(&shared);
            async move { hall.live(caller, intended).await }
        };
        let driven = drive(pace, span, stop, call).await;
        (driven, self.tallies.figures(&driven))
    }

    /// Who takes part: fewer agencies than were asked for where the region has no more.
    pub(super) fn present(&self) -> Present {
        let officers = self.agencies.iter().map(|agency| agency.officers.len()).sum();
        Present { officers, agencies: self.agencies.len() }
    }

    /// The lifecycles so far.
    pub(super) fn lives(&self) -> Vec<Life> {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One lifecycle; its latency counts from when it was meant to begin. Whether it was answered.
    async fn live(&self, caller: usize, intended: Instant) -> bool {
        let mut life = Life::default();
        let ended = self.go_through(caller, &mut life).await;
        let ended = self.tallies.whole.count(intended, ended);
        life.unsure = ended.as_ref().is_err_and(|why| why.perhaps);
        let answered = !life.unsure;
        self.lives.lock().unwrap_or_else(PoisonError::into_inner).push(life);
        answered
    }

    /// Sends a call until it is answered; every attempt counts.
    async fn call<T, F>(&self, tally: &Tally, ask: impl Fn() -> F) -> Result<T, Status>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let attempt = || {
            let asked = ask();
            async move {
                let since = Instant::now();
                let answer = asked.await.map(Response::into_inner);
                let told = answer.as_ref().map(|_| ()).map_err(Status::clone);
                // What was refused is in the tally; the caller sees it, too.
                let _: Result<(), Unacknowledged> = tally.count(since, told);
                answer
            }
        };
        self.patience.ask(attempt).await
    }

    async fn go_through(&self, caller: usize, life: &mut Life) -> Result<(), Status> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (tallies, citizens) = (&self.tallies, &self.citizens);
        let since = Instant::now();
        let applied = apply(citizens, citizens.channel(caller), &self.item).await;
        let told = applied.as_ref().map(|_| ()).map_err(Status::clone);
        let _: Result<(), Unacknowledged> = tallies.applied.count(since, told);
        let Some(token) = invitation(applied?) else {
            return Err(Status::failed_precondition("the case was not completed on the spot"));
        };
        let asked =
            SubmitRatingRequest { request_id: id(), token: token.to_string(), ..self.form.clone() };
        life.asked = Some(asked.clone());
        let rated = self.call(&tallies.rated, || {
            let mut client = RatingServiceClient::new(citizens.channel(caller));
            let request = citizens.signed(asked.clone());
            async move { client.submit_rating(request).await }
        });
        let rating_id = rated.await?.rating_id;
        life.rating_id = Some(rating_id.clone());

        let since = Instant::now();
        let found = self.find(caller, &token, &rating_id).await;
        let told = found.as_ref().map(|_| ()).map_err(Status::clone);
        let _: Result<(), Unacknowledged> = tallies.found.count(since, told);
        let (ticket_id, state) = found?;
        life.ticket_id = Some(ticket_id.clone());
        self.handle(caller, number, &ticket_id, state, life).await
    }

    /// The rater looks until the ticket is there.
    async fn find(
        &self,
        caller: usize,
        token: &str,
        rating_id: &str,
    ) -> Result<(String, (TicketState, String)), Status> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let request =
                GetRatingRequest { token: token.to_owned(), rating_id: rating_id.to_owned() };
            let mut client = RatingServiceClient::new(self.citizens.channel(caller));
            let read = client.get_rating(self.citizens.signed(request)).await;
            if let Ok(read) = read
                && let Some(outcome) = read.into_inner().outcome
            {
                let state = outcome.state();
                return Ok((outcome.ticket_id, (state, outcome.agency_id)));
            }
            tokio::time::sleep(LOOK).await;
        }
        Err(Status::deadline_exceeded("no ticket within a minute"))
    }

    /// The officers of an agency take the ticket to its closing.
    async fn handle(
        &self,
        caller: usize,
        number: usize,
        ticket_id: &str,
        (state, holder): (TicketState, String),
        life: &mut Life,
    ) -> Result<(), Status> {
        let (tallies, authority) = (&self.tallies, &self.authority);
        let agency = &self.agencies[number % self.agencies.len()];
        let turn = number / self.agencies.len();
        let officer = &agency.officers[turn % agency.officers.len()];
        macro_rules! step {
            ($tally:ident, $by:expr, $verb:ident, $request:ident { $field:ident: $step:expr }) => {{
                let request = $request {
                    request_id: id(),
                    ticket_id: ticket_id.to_owned(),
                    $field: Some($step),
                    seen_step_count: None,
                };
                let by = $by;
                self.call(&tallies.$tally, || {
                    let mut client = TicketServiceClient::new(by.channel(caller));
                    let request = by.signed(request.clone());
                    async move { client.$verb(request).await }
                })
                .await?;
                life.steps += 1;
            }};
        }
        let note = || "（压测示例）办理记录".to_owned();
        if state == TicketState::Received || holder != agency.id {
            let dispatch = Dispatch { agency_id: agency.id.clone(), ..Dispatch::default() };
            step!(
                dispatched,
                authority,
                dispatch_ticket,
                DispatchTicketRequest { dispatch: dispatch }
            );
        }
        let assignment = Assignment { assignee: agency.assignee.clone() };
        step!(assigned, officer, assign_ticket, AssignTicketRequest { assignment: assignment });
        let contact = Contact { means: Means::Phone.into(), reached: true, note: note() };
        step!(contacted, officer, record_contact, RecordContactRequest { contact: contact });
        let verification = Verification {
            finding: Finding::Clear.into(),
            reason: note(),
            ..Verification::default()
        };
        step!(verified, officer, verify_ticket, VerifyTicketRequest { verification: verification });
        let rectification =
            Rectification { measures: note(), evidence: note(), ..Rectification::default() };
        step!(
            rectified,
            officer,
            rectify_ticket,
            RectifyTicketRequest { rectification: rectification }
        );
        // The one way that every document which ships knows.
        let feedback = Feedback { means: Means::Online.into(), summary: note() };
        step!(fed_back, officer, feed_back_ticket, FeedBackTicketRequest { feedback: feedback });
        if self.reviewed {
            let report = Report { summary: note() };
            step!(reported, officer, report_result, ReportResultRequest { report: report });
            let acceptance = Acceptance { opinion: note() };
            step!(
                accepted,
                authority,
                accept_result,
                AcceptResultRequest { acceptance: acceptance }
            );
        }
        step!(closed, officer, close_ticket, CloseTicketRequest { closing: Closing {} });
        life.closed = true;
        // What else the officer has to do.
        let search = ListTicketsRequest {
            assignee: agency.assignee.clone(),
            page_size: PAGE,
            ..ListTicketsRequest::default()
        };
        self.call(&tallies.listed, || {
            let mut client = TicketServiceClient::new(officer.channel(caller));
            let request = officer.signed(search.clone());
            async move { client.list_tickets(request).await }
        })
        .await?;
        Ok(())
    }
}

/// Whether the region's document has the Authority review results.
async fn reviews(target: &Target, region: &str) -> Result<bool, LoadError> {
    let request = GetProfileRequest { region_code: region.to_owned(), ..Default::default() };
    let answer = PolicyServiceClient::new(target.channel(0)).get_profile(request).await;
    let profile = answer.map_err(ClientError::from)?.into_inner().profile.unwrap_or_default();
    let rule = profile.rules.iter().find(|rule| rule.field == "result_reviewed_by_authority");
    Ok(rule.is_some_and(|rule| rule.value == "是"))
}

/// The region's agencies that have somebody to assign, with the officers spread over them.
async fn agencies(
    target: &Target,
    identity: &Identity,
    region: &str,
    crowd: Crowd,
) -> Result<Vec<Agency>, LoadError> {
    let staff = units(target, region, UnitKind::Staff).await?;
    let mut agencies = Vec::new();
    for unit in units(target, region, UnitKind::Agency).await? {
        let Some(person) = staff.iter().find(|person| person.agency_id == unit.unit_id) else {
            continue;
        };
        let (id, assignee) = (unit.unit_id, person.unit_id.clone());
        agencies.push(Agency { id, assignee, officers: Vec::new() });
    }
    agencies.truncate(crowd.agencies.get());
    if agencies.is_empty() {
        return Err(LoadError::NoAgency(region.to_owned()));
    }
    let count = agencies.len();
    for n in 0..crowd.officers.get().max(count) {
        let agency = &mut agencies[n % count];
        let caller = Caller::Handler { region: region.to_owned(), agency: agency.id.clone() };
        let token = identity.officer(&format!("load-officer-{n}"), caller)?;
        agency.officers.push(target.clone().by(&token)?);
    }
    Ok(agencies)
}

async fn units(target: &Target, region: &str, kind: UnitKind) -> Result<Vec<Unit>, LoadError> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListUnitsRequest {
            region_code: region.to_owned(),
            kind: kind.into(),
            page_token,
            ..ListUnitsRequest::default()
        };
        let page = OrganizationServiceClient::new(target.channel(0)).list_units(request).await;
        let page = page.map_err(ClientError::from)?.into_inner();
        found.extend(page.units);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(found);
        }
    }
}
