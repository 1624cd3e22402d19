//! The story of one or more visits, told while it happens over gRPC: kiosk → case → rating →
//! ticket → figure. Every line reports an answer of the services; nothing is made up.

use std::{io::Write, time::Duration};

use domain::{deadline::day_of, item::FieldKind, level::Level, statistics::Rate};
use platform::clock::Clock;
use proto::{
    publication::v1::{
        Dimension, Figures, GetFiguresRequest, ListOutcomesRequest, Outcome,
        disclosure_service_client::DisclosureServiceClient,
        statistics_service_client::StatisticsServiceClient,
    },
    ticketing::v1::{
        AcceptResultRequest, Acceptance, AssignTicketRequest, Assignment, CloseTicketRequest,
        Closing, Contact, FeedBackTicketRequest, Feedback, FollowUp, ListTicketsRequest, Means,
        RecordContactRequest, RecordFollowUpRequest, Rectification, RectifyTicketRequest, Ticket,
        Verification, VerifyTicketRequest, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Deadline, Finding, TicketState},
};
use tonic::{
    Request, Status,
    transport::{Channel, Endpoint},
};
use visit::{
    adapter::tonic::Gateway,
    content::{LevelChoice, Receipt},
    controller::Controller,
    flow::Event,
    screen::Screen,
};

use super::tokens::{REGION, Tokens};

/// The item of the story: a licence that its business system completes.
const ITEM: &str = "食品经营许可";
/// How long the story waits for anything at most.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it waits before it looks again.
const LOOK: Duration = Duration::from_millis(50);

/// Why the story broke off.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// A call was refused.
    #[error("{step}: {}", .status.message())]
    Refused {
        /// The step of the story.
        step: &'static str,
        /// What the services said.
        status: Box<Status>,
    },
    /// Something expected did not come.
    #[error("{0} did not come within {PATIENCE:?}")]
    Waited(&'static str),
    /// The kiosk shows what it should not.
    #[error("{step}: the kiosk shows {screen}")]
    Screen {
        /// The step of the story.
        step: &'static str,
        /// What it shows.
        screen: String,
    },
    /// The story cannot be told or started.
    #[error("{0}")]
    Told(String),
}

impl From<std::io::Error> for StoryError {
    fn from(error: std::io::Error) -> Self {
        Self::Told(error.to_string())
    }
}

/// Plays one visit for each level and tells it to `out`.
///
/// # Errors
/// [`StoryError`]: the first step that did not go as told.
pub async fn play(
    endpoint: &str,
    tokens: &Tokens,
    visits: &[Level],
    out: &mut (dyn Write + Send),
) -> Result<(), StoryError> {
    let told = |error: &dyn std::fmt::Display| StoryError::Told(error.to_string());
    let channel = Endpoint::from_shared(endpoint.to_owned()).map_err(|e| told(&e))?.connect_lazy();
    let kiosk = tokens.kiosk().map_err(|e| told(&e))?;
    let gateway = Gateway::new(channel.clone(), &kiosk, REGION).map_err(|e| told(&e))?;
    let mut story = Story { channel, tokens, clock: Clock::System, out };

    story.line(
        "Pingyi 评议 · one visit, from the kiosk to the published figure (sample region 昌吉市)",
    )?;
    let mut before = None;
    for (n, level) in visits.iter().enumerate() {
        story.line(&format!("\n── Visit {} of {}", n + 1, visits.len()))?;
        let agency = story.visit(&gateway, *level, &mut before).await?;
        if level.is_negative() {
            let ticket = story.ticket(&agency).await?;
            story.close_the_loop(ticket, &agency).await?;
        }
        story.counted(&agency, before.as_ref(), n + 1).await?;
    }
    Ok(())
}

/// An agency and its figures before the first visit.
type Before = Option<(String, Figures)>;

struct Story<'a> {
    channel: Channel,
    tokens: &'a Tokens,
    clock: Clock,
    out: &'a mut (dyn Write + Send),
}

impl Story<'_> {
    fn line(&mut self, text: &str) -> Result<(), StoryError> {
        Ok(writeln!(self.out, "{text}")?)
    }

    fn id(&self) -> String {
        self.clock.new_id().to_string()
    }

    fn signed<T>(&self, message: T, token: &str) -> Result<Request<T>, StoryError> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {token}").parse();
        let bearer = bearer.map_err(|_| StoryError::Told("the token is no header".to_owned()))?;
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }

    /// The citizen at the kiosk; returns the handling agency.
    async fn visit(
        &mut self,
        gateway: &Gateway,
        level: Level,
        before: &mut Before,
    ) -> Result<String, StoryError> {
        let mut kiosk = Controller::new(gateway.clone());
        kiosk.touch(Event::Started);
        let step = "choosing an item";
        let screen = shown(&mut kiosk, step, |s| matches!(s, Screen::Items { .. })).await?;
        let Screen::Items { items } = screen else {
            return Err(odd(step, &screen));
        };
        let item = items.iter().find(|item| item.name.contains(ITEM)).or(items.first());
        let item = item.cloned().ok_or_else(|| StoryError::Told("no item is offered".into()))?;
        self.line(&format!(
            "citizen   chooses {} (one of {} items at this kiosk)",
            item.name,
            items.len()
        ))?;
        let agency = self.agency_of(&item.code).await?;
        if before.is_none() {
            *before = Some((agency.clone(), self.figures(&agency).await?));
        }
        kiosk.touch(Event::ItemChosen(item.code.clone()));
        self.line(&format!(
            "          reads the guide: {} lines, {}",
            item.guide.len(),
            item.accepting_unit
        ))?;
        kiosk.touch(Event::ApplyTouched);
        let entries: Vec<_> =
            item.form.iter().map(|field| (field.id.clone(), answer(field))).collect();
        self.line(&format!("          fills in {} fields and confirms", entries.len()))?;
        kiosk.touch(Event::FormFilled(entries));
        let request_id = self.id();
        kiosk.touch(Event::Confirmed(request_id));
        let step = "submitting";
        let accepted = |s: &Screen| {
            matches!(s, Screen::Result { .. } | Screen::Inviting { .. } | Screen::Faces { .. })
        };
        if let Screen::Result { case } = shown(&mut kiosk, step, accepted).await? {
            self.line(&format!("intake    accepts the case {}", case.project_number))?;
        }
        let step = "the jump to the faces";
        let screen = shown(&mut kiosk, step, |s| matches!(s, Screen::Faces { .. })).await?;
        let Screen::Faces { choices, .. } = screen else {
            return Err(odd(step, &screen));
        };
        self.line("agency    its business system completes the case (办结)")?;
        let labels: Vec<&str> = choices.levels.iter().map(|choice| choice.label.as_str()).collect();
        self.line(&format!("kiosk     jumps to five faces by itself: {}", labels.join(" · ")))?;

        let request_id = self.id();
        kiosk.touch(Event::LevelChosen(level, request_id));
        let chosen = choices.levels.iter().find(|choice| choice.level == level);
        let LevelChoice { label, tags, .. } =
            chosen.ok_or_else(|| StoryError::Told("the level is not offered".to_owned()))?;
        if level.is_negative() {
            let tag = tags.first().cloned();
            let (code, text) = tag.ok_or_else(|| StoryError::Told("no tag is offered".into()))?;
            self.line(&format!("citizen   touches {label}, because: {text} ({code})"))?;
            let request_id = self.id();
            kiosk.touch(Event::ReasonsGiven(vec![code], request_id));
        } else {
            self.line(&format!("citizen   touches {label}"))?;
        }
        let step = "rating";
        let screen = shown(&mut kiosk, step, |s| matches!(s, Screen::Thanks { .. })).await?;
        let Screen::Thanks { receipt: Receipt { code, .. }, .. } = screen else {
            return Err(odd(step, &screen));
        };
        self.line(&format!("intake    the rating is durable, receipt {code}"))?;
        kiosk.touch(Event::Left);
        Ok(agency)
    }

    async fn agency_of(&self, code: &str) -> Result<String, StoryError> {
        use proto::catalog::v1::{GetItemRequest, catalog_service_client::CatalogServiceClient};
        let asked = GetItemRequest { code: code.to_owned(), ..GetItemRequest::default() };
        let mut client = CatalogServiceClient::new(self.channel.clone());
        let answer = client.get_item(asked).await.map_err(refused("reading the item"))?;
        Ok(answer.into_inner().item.unwrap_or_default().agency_id)
    }

    /// The ticket that the rating opened, newest first.
    async fn ticket(&mut self, agency: &str) -> Result<Ticket, StoryError> {
        let token = self.tokens.handler(agency).map_err(|e| StoryError::Told(e.to_string()))?;
        let step = "the ticket";
        let ticket = wait(step, async || {
            let asked = ListTicketsRequest {
                state: TicketState::Opened.into(),
                ..ListTicketsRequest::default()
            };
            let mut client = TicketServiceClient::new(self.channel.clone());
            let listed = client.list_tickets(self.signed(asked, &token)?).await;
            Ok(listed.map_err(refused(step))?.into_inner().tickets.pop())
        })
        .await?;
        self.line(&format!("ticketing opens ticket {} for {agency}", short(&ticket.ticket_id)))?;
        for deadline in &ticket.deadlines {
            self.deadline(deadline)?;
        }
        Ok(ticket)
    }

    fn deadline(&mut self, deadline: &Deadline) -> Result<(), StoryError> {
        let provisional = if deadline.provisional { ", provisional (暂定)" } else { "" };
        self.line(&format!(
            "          {} by the end of {}{provisional}: {}",
            deadline.act, deadline.due_on, deadline.clause
        ))?;
        for day in &deadline.derivation {
            let counted = match day.counted_as {
                0 => "–".to_owned(),
                n => format!("day {n}"),
            };
            self.line(&format!("            {} {counted:>6}  {}", day.date, day.reason))?;
        }
        Ok(())
    }

    /// Call-back, verification, rectification, feedback, acceptance, close, follow-up.
    async fn close_the_loop(&mut self, ticket: Ticket, agency: &str) -> Result<(), StoryError> {
        let told = |e: super::tokens::Unsignable| StoryError::Told(e.to_string());
        let handler = self.tokens.handler(agency).map_err(told)?;
        let authority = self.tokens.authority().map_err(told)?;
        let id = ticket.ticket_id;
        let mut client = TicketServiceClient::new(self.channel.clone());
        macro_rules! step {
            ($verb:ident, $request:ident { $field:ident: $step:expr }, $by:expr, $told:literal) => {{
                let request =
                    $request { request_id: self.id(), ticket_id: id.clone(), $field: Some($step) };
                let answer = client.$verb(self.signed(request, $by)?).await;
                let answer = answer.map_err(refused($told))?.into_inner().ticket;
                let state = answer.unwrap_or_default().state();
                self.line(&format!("{:<58} → {}", $told, name(state)))?;
            }};
        }
        let phone = i32::from(Means::Phone);
        step!(
            assign_ticket,
            AssignTicketRequest { assignment: Assignment { assignee: "652301-s04".to_owned() } },
            &handler,
            "agency    assigns a person"
        );
        step!(
            record_contact,
            RecordContactRequest {
                contact: Contact {
                    means: phone, reached: true, note: "示例：已致电核实".into()
                }
            },
            &handler,
            "agency    calls the rater back"
        );
        step!(
            verify_ticket,
            VerifyTicketRequest {
                verification: Verification {
                    finding: Finding::Clear.into(),
                    reason: "示例：情况清楚、诉求合理".into(),
                    ..Verification::default()
                }
            },
            &handler,
            "agency    finds it clear and reasonable"
        );
        step!(
            rectify_ticket,
            RectifyTicketRequest {
                rectification: Rectification {
                    measures: "示例：删去办事指南之外的审批条件".into(),
                    evidence: "示例：新版办事指南".into(),
                }
            },
            &handler,
            "agency    puts it right"
        );
        step!(
            feed_back_ticket,
            FeedBackTicketRequest {
                feedback: Feedback {
                    means: phone, summary: "示例：已告知整改情况".into()
                }
            },
            &handler,
            "agency    tells the rater"
        );
        step!(
            accept_result,
            AcceptResultRequest { acceptance: Acceptance { opinion: "示例：同意".into() } },
            &authority,
            "Authority accepts the result"
        );
        step!(
            close_ticket,
            CloseTicketRequest { closing: Closing {} },
            &handler,
            "agency    closes the ticket"
        );
        let closed = self.outcome(&id, TicketState::Closed).await?;
        self.line(&format!("public    reads it as {}, not as settled", name(closed.state())))?;
        step!(
            record_follow_up,
            RecordFollowUpRequest {
                follow_up: FollowUp {
                    means: phone, satisfied: true, note: "示例：满意".into()
                }
            },
            &authority,
            "Authority follows up: the rater is satisfied"
        );
        let confirmed = self.outcome(&id, TicketState::Confirmed).await?;
        self.line(&format!("public    reads it as {}", name(confirmed.state())))
    }

    /// The published outcome of a ticket, once it has reached a state.
    async fn outcome(&self, ticket: &str, state: TicketState) -> Result<Outcome, StoryError> {
        let step = "the published outcome";
        wait(step, async || {
            let asked = ListOutcomesRequest {
                region_code: REGION.to_owned(),
                ..ListOutcomesRequest::default()
            };
            let mut client = DisclosureServiceClient::new(self.channel.clone());
            let listed = client.list_outcomes(asked).await.map_err(refused(step))?.into_inner();
            let found = |outcome: &Outcome| outcome.ticket_id == ticket && outcome.state() == state;
            Ok(listed.outcomes.into_iter().find(found))
        })
        .await
    }

    /// Tells the figures before → after, once the visits are counted.
    async fn counted(
        &mut self,
        agency: &str,
        before: Option<&(String, Figures)>,
        visits: usize,
    ) -> Result<(), StoryError> {
        let nothing = Figures::default();
        let before = before.map_or(&nothing, |(_, figures)| figures);
        let rated = |figures: &Figures| figures.participation.unwrap_or_default().numerator;
        let due = rated(before) + visits as u64;
        let after = wait("the counted visit", async || {
            let now = self.figures(agency).await?;
            Ok((rated(&now) >= due).then_some(now))
        })
        .await?;
        let day = day_of(self.clock.now());
        self.line(&format!("published figures of {agency} on {day}:"))?;
        for line in figure_lines(before, &after) {
            self.line(&line)?;
        }
        Ok(())
    }

    /// The agency's figures of today.
    async fn figures(&self, agency: &str) -> Result<Figures, StoryError> {
        let today = day_of(self.clock.now()).to_string();
        let asked = GetFiguresRequest {
            dimension: Dimension::Agency.into(),
            key: agency.to_owned(),
            from: today.clone(),
            to: today,
            ..GetFiguresRequest::default()
        };
        let mut client = StatisticsServiceClient::new(self.channel.clone());
        let answer = client.get_figures(asked).await.map_err(refused("the figures"))?;
        Ok(answer.into_inner().rows.pop().unwrap_or_default())
    }
}

/// The three rates before and after, one line each.
#[must_use]
pub fn figure_lines(before: &Figures, after: &Figures) -> [String; 3] {
    let rate = |rate: Option<proto::publication::v1::Rate>| {
        let rate = rate.unwrap_or_default();
        Rate { numerator: rate.numerator, denominator: rate.denominator }.to_string()
    };
    let line =
        |name: &str, before, after| format!("  {name}  {:>16} → {}", rate(before), rate(after));
    [
        line("满意率 satisfaction ", before.satisfaction, after.satisfaction),
        line("参评率 participation", before.participation, after.participation),
        line("整改率 rectification", before.rectification, after.rectification),
    ]
}

/// Waits for a screen; a kiosk that is offline tries again, as a visitor would.
async fn shown(
    kiosk: &mut Controller<Gateway>,
    step: &'static str,
    wanted: impl Fn(&Screen) -> bool,
) -> Result<Screen, StoryError> {
    let waiting = async {
        loop {
            match kiosk.screen() {
                screen if wanted(screen) => return Ok(screen.clone()),
                Screen::Offline { .. } => {
                    tokio::time::sleep(LOOK).await;
                    kiosk.touch(Event::RetryTouched);
                }
                screen @ (Screen::Refused { .. } | Screen::Form { .. }) => {
                    return Err(odd(step, screen));
                }
                _ => {
                    kiosk.answer().await;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or(Err(StoryError::Waited(step)))
}

/// Looks again and again until there is something.
async fn wait<T>(
    what: &'static str,
    look: impl AsyncFn() -> Result<Option<T>, StoryError>,
) -> Result<T, StoryError> {
    let looking = async {
        loop {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap_or(Err(StoryError::Waited(what)))
}

fn refused(step: &'static str) -> impl Fn(Status) -> StoryError {
    move |status| StoryError::Refused { step, status: Box::new(status) }
}

fn odd(step: &'static str, screen: &Screen) -> StoryError {
    StoryError::Screen { step, screen: format!("{screen:?}") }
}

/// What a visibly invented person fills in.
fn answer(field: &visit::content::Field) -> String {
    match field.kind {
        FieldKind::Text => "示例".to_owned(),
        FieldKind::Choice => field.choices.first().cloned().unwrap_or_default(),
        FieldKind::Date => "2026-01-05".to_owned(),
        FieldKind::Number => "1".to_owned(),
        FieldKind::PersonName => "示例办事人".to_owned(),
        FieldKind::Phone => "13800000000".to_owned(),
        // The standard's own published sample number.
        FieldKind::IdNumber => "11010519491231002X".to_owned(),
    }
}

fn name(state: TicketState) -> String {
    let name = state.as_str_name().trim_start_matches("TICKET_STATE_").to_lowercase();
    name.replace('_', " ")
}

fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(12)..).unwrap_or(id)
}
