//! The story of one or more visits, written while it happens over gRPC: kiosk → case → rating →
//! ticket → figure. Every line is an answer of the services; nothing is made up.

mod error;
mod words;

use std::{io::Write, time::Duration};

use domain::{deadline::day_of, level::Level};
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
        RecordContactRequest, RecordFollowUpRequest, Rectification, RectifyTicketRequest, Report,
        ReportResultRequest, Ticket, Verification, VerifyTicketRequest,
        ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Deadline, Finding, TicketState},
};
use tonic::{
    Request, Status,
    transport::{Channel, Endpoint},
};
use visit::{
    adapter::tonic::Gateway,
    content::{LevelChoice, Receipt, opinion::Reasons},
    controller::Controller,
    flow::Event,
    screen::Screen,
};

use super::tokens::{REGION, Tokens};
pub use error::StoryError;
pub use words::figure_lines;
use words::{answer, duty, name, short};

/// The item of the story: a licence that its business system completes.
const ITEM: &str = "食品经营许可";
/// How long the story waits for anything at most: a machine that builds meanwhile is slow.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long it waits before it looks again.
const LOOK: Duration = Duration::from_millis(50);

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
    let failed = |error: &dyn std::fmt::Display| StoryError::Told(error.to_string());
    let channel =
        Endpoint::from_shared(endpoint.to_owned()).map_err(|e| failed(&e))?.connect_lazy();
    let kiosk = tokens.kiosk().map_err(|e| failed(&e))?;
    let gateway = Gateway::new(channel.clone(), &kiosk, REGION).map_err(|e| failed(&e))?;
    let mut story = Story { channel, tokens, clock: Clock::System, out };

    story.line("评议 Pingyi · 一次办事，从自助终端到公开的数字（示例地区：昌吉市）")?;
    let mut before = None;
    for (n, level) in visits.iter().enumerate() {
        story.line(&format!("\n── 第 {} 次办事，共 {} 次", n + 1, visits.len()))?;
        let (agency, rating_id) = story.visit(&gateway, *level, &mut before).await?;
        if level.is_negative() {
            let ticket = story.ticket(&agency, &rating_id).await?;
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
        let bearer =
            bearer.map_err(|_| StoryError::Told("the access token cannot be sent".to_owned()))?;
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }

    /// The citizen at the kiosk; returns the handling agency and the rating's id.
    async fn visit(
        &mut self,
        gateway: &Gateway,
        level: Level,
        before: &mut Before,
    ) -> Result<(String, String), StoryError> {
        let mut kiosk = Controller::new(gateway.clone());
        kiosk.touch(Event::Started);
        let step = "选择事项";
        let screen = shown(&mut kiosk, step, |s| matches!(s, Screen::Items { .. })).await?;
        let Screen::Items { items } = screen else {
            return Err(odd(step, &screen));
        };
        let item = items.iter().find(|item| item.name.contains(ITEM)).or(items.first());
        let item = item.cloned().ok_or_else(|| StoryError::Told("本机没有可办理的事项".into()))?;
        self.line(&format!(
            "群众　　在自助终端选择“{}”（本机可办 {} 项）",
            item.name,
            items.len()
        ))?;
        let agency = self.agency_of(&item.code).await?;
        if before.is_none() {
            *before = Some((agency.clone(), self.figures(&agency).await?));
        }
        kiosk.touch(Event::ItemChosen(item.code.clone()));
        self.line(&format!(
            "　　　　看办事指南：条件 {} 条，材料 {} 份，受理单位 {}",
            item.guide.conditions.len(),
            item.guide.materials.len(),
            item.accepting_unit
        ))?;
        kiosk.touch(Event::ApplyTouched);
        let entries: Vec<_> =
            item.form.iter().map(|field| (field.id.clone(), answer(field))).collect();
        self.line(&format!("　　　　填写 {} 项内容，核对后提交", entries.len()))?;
        kiosk.touch(Event::FormFilled(entries));
        let request_id = self.id();
        kiosk.touch(Event::Confirmed(request_id));
        let step = "提交申请";
        let accepted = |s: &Screen| {
            matches!(s, Screen::Result { .. } | Screen::Inviting { .. } | Screen::Faces { .. })
        };
        if let Screen::Result { case } = shown(&mut kiosk, step, accepted).await? {
            self.line(&format!("受理　　已受理，办件编号 {}", case.project_number))?;
            // What is done on the spot is looked at first; any other is waited for.
            kiosk.touch(Event::RateTouched);
        }
        let step = "跳转到评价";
        let screen = shown(&mut kiosk, step, |s| matches!(s, Screen::Faces { .. })).await?;
        let Screen::Faces { choices, .. } = screen else {
            return Err(odd(step, &screen));
        };
        self.line("部门　　业务系统办结")?;
        let labels: Vec<&str> = choices.levels.iter().map(|choice| choice.label.as_str()).collect();
        self.line(&format!("终端　　自动跳到五级评价：{}", labels.join(" · ")))?;

        let request_id = self.id();
        kiosk.touch(Event::LevelChosen(level, request_id));
        let chosen = choices.levels.iter().find(|choice| choice.level == level);
        let LevelChoice { label, tags, .. } =
            chosen.ok_or_else(|| StoryError::Told("没有这一级".to_owned()))?;
        if level.is_negative() {
            let tag = tags.first().cloned();
            let (code, text) = tag.ok_or_else(|| StoryError::Told("没有可选的原因".into()))?;
            self.line(&format!("群众　　点击“{label}”，原因：{text}（{code}）"))?;
            kiosk.touch(Event::ReasonsGiven(vec![code].into()));
        } else {
            self.line(&format!("群众　　点击“{label}”"))?;
            kiosk.touch(Event::ReasonsGiven(Reasons::default()));
        }
        let step = "提交评价";
        let screen = shown(&mut kiosk, step, |s| matches!(s, Screen::Thanks { .. })).await?;
        let Screen::Thanks { receipt: Receipt { code, rating_id, .. }, .. } = screen else {
            return Err(odd(step, &screen));
        };
        self.line(&format!("受理　　评价已存盘，凭证码 {code}"))?;
        kiosk.touch(Event::Left);
        Ok((agency, rating_id))
    }

    async fn agency_of(&self, code: &str) -> Result<String, StoryError> {
        use proto::catalog::v1::{GetItemRequest, catalog_service_client::CatalogServiceClient};
        let asked = GetItemRequest { code: code.to_owned(), ..GetItemRequest::default() };
        let mut client = CatalogServiceClient::new(self.channel.clone());
        let answer = client.get_item(asked).await.map_err(refused("读取事项"))?;
        Ok(answer.into_inner().item.unwrap_or_default().agency_id)
    }

    /// The ticket that the story's own rating opened; others' are none of its business.
    async fn ticket(&mut self, agency: &str, rating_id: &str) -> Result<Ticket, StoryError> {
        let token = self.tokens.handler(agency).map_err(|e| StoryError::Told(e.to_string()))?;
        let step = "等待工单";
        let ticket = wait(step, async || {
            let mut client = TicketServiceClient::new(self.channel.clone());
            let mut asked = ListTicketsRequest {
                state: TicketState::Opened.into(),
                ..ListTicketsRequest::default()
            };
            loop {
                let listed = client.list_tickets(self.signed(asked.clone(), &token)?).await;
                let page = listed.map_err(refused(step))?.into_inner();
                let own = |ticket: &Ticket| ticket.rating_ids.iter().any(|id| id == rating_id);
                let found = page.tickets.into_iter().find(own);
                if found.is_some() || page.next_page_token.is_empty() {
                    return Ok(found);
                }
                asked.page_token = page.next_page_token;
            }
        })
        .await?;
        self.line(&format!("工单　　{} 已生成，承办单位 {agency}", short(&ticket.ticket_id)))?;
        for deadline in &ticket.deadlines {
            self.deadline(deadline)?;
        }
        Ok(ticket)
    }

    fn deadline(&mut self, deadline: &Deadline) -> Result<(), StoryError> {
        let provisional = if deadline.provisional { "（暂定）" } else { "" };
        self.line(&format!(
            "　　　　{} 截止 {}{provisional}：{}",
            duty(&deadline.act),
            deadline.due_on,
            deadline.clause
        ))?;
        for day in &deadline.derivation {
            let counted = match day.counted_as {
                0 => "–".to_owned(),
                n => format!("第{n}天"),
            };
            self.line(&format!("　　　　　{}　{counted}　{}", day.date, day.reason))?;
        }
        Ok(())
    }

    /// Call-back, verification, rectification, feedback, acceptance, close, follow-up.
    async fn close_the_loop(&mut self, ticket: Ticket, agency: &str) -> Result<(), StoryError> {
        let failed = |e: super::tokens::Unsignable| StoryError::Told(e.to_string());
        let handler = self.tokens.handler(agency).map_err(failed)?;
        let authority = self.tokens.authority().map_err(failed)?;
        let id = ticket.ticket_id;
        let mut client = TicketServiceClient::new(self.channel.clone());
        // A step, by whom, what it is called, and the words it says.
        macro_rules! step {
            ($verb:ident, $request:ident { $field:ident: $step:expr }, $by:expr, $name:expr, $words:expr) => {{
                let (step, words) = ($name, $words);
                let request = $request {
                    request_id: self.id(),
                    ticket_id: id.clone(),
                    $field: Some($step),
                    seen_step_count: None,
                };
                let answer = client.$verb(self.signed(request, $by)?).await;
                let answer = answer.map_err(refused(step))?.into_inner().ticket;
                let state = name(answer.unwrap_or_default().state());
                self.line(&format!("{step}：{words} → {state}"))?;
            }};
        }
        let phone = i32::from(Means::Phone);
        let assignee = "652301-s05";
        step!(
            assign_ticket,
            AssignTicketRequest { assignment: Assignment { assignee: assignee.to_owned() } },
            &handler,
            "部门　　指派核实人",
            assignee
        );
        let note = "示例：已致电核实";
        step!(
            record_contact,
            RecordContactRequest {
                contact: Contact { means: phone, reached: true, note: note.to_owned() }
            },
            &handler,
            "部门　　回访核实",
            note
        );
        let reason = "示例：情况清楚、诉求合理";
        step!(
            verify_ticket,
            VerifyTicketRequest {
                verification: Verification {
                    finding: Finding::Clear.into(),
                    reason: reason.to_owned(),
                    ..Verification::default()
                }
            },
            &handler,
            "部门　　核实结论",
            reason
        );
        let (measures, evidence) = ("示例：删去办事指南之外的审批条件", "示例：新版办事指南");
        step!(
            rectify_ticket,
            RectifyTicketRequest {
                rectification: Rectification {
                    measures: measures.to_owned(),
                    evidence: evidence.to_owned(),
                    ..Rectification::default()
                }
            },
            &handler,
            "部门　　整改",
            format!("{measures}（佐证：{evidence}）")
        );
        let summary = "示例：已告知整改情况";
        step!(
            feed_back_ticket,
            FeedBackTicketRequest {
                feedback: Feedback { means: Means::Online.into(), summary: summary.to_owned() }
            },
            &handler,
            "部门　　向评价人反馈",
            summary
        );
        let result = "示例：已整改并反馈";
        step!(
            report_result,
            ReportResultRequest { report: Report { summary: result.to_owned() } },
            &handler,
            "部门　　报送结果",
            result
        );
        let opinion = "示例：同意";
        step!(
            accept_result,
            AcceptResultRequest { acceptance: Acceptance { opinion: opinion.to_owned() } },
            &authority,
            "主管　　审核结果",
            opinion
        );
        step!(
            close_ticket,
            CloseTicketRequest { closing: Closing {} },
            &handler,
            "部门　　办结工单",
            short(&id)
        );
        let closed = self.outcome(&id, TicketState::Closed).await?;
        self.line(&format!("公开　　显示“{}”，还不算群众满意", name(closed.state())))?;
        let note = "示例：评价人对处理满意";
        let asked = FollowUp { means: phone, satisfied: true, ..FollowUp::default() };
        let satisfied = FollowUp { note: note.to_owned(), ..asked };
        step!(
            record_follow_up,
            RecordFollowUpRequest { follow_up: satisfied },
            &authority,
            "主管　　回访",
            note
        );
        let confirmed = self.outcome(&id, TicketState::Confirmed).await?;
        self.line(&format!("公开　　显示“{}”", name(confirmed.state())))
    }

    /// The published outcome of a ticket, once it has reached a state.
    async fn outcome(&self, ticket: &str, state: TicketState) -> Result<Outcome, StoryError> {
        let step = "等待公开结果";
        wait(step, async || {
            let mut client = DisclosureServiceClient::new(self.channel.clone());
            let mut asked = ListOutcomesRequest {
                region_code: REGION.to_owned(),
                ..ListOutcomesRequest::default()
            };
            loop {
                let listed = client.list_outcomes(asked.clone()).await;
                let page = listed.map_err(refused(step))?.into_inner();
                let own = |outcome: &Outcome| outcome.ticket_id == ticket;
                let found = page.outcomes.into_iter().find(own);
                if found.is_some() || page.next_page_token.is_empty() {
                    return Ok(found.filter(|outcome| outcome.state() == state));
                }
                asked.page_token = page.next_page_token;
            }
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
        let after = wait("等待计入统计", async || {
            let now = self.figures(agency).await?;
            Ok((rated(&now) >= due).then_some(now))
        })
        .await?;
        let day = day_of(self.clock.now());
        self.line(&format!("公开　　{agency} {day} 的数字（之前 → 之后）："))?;
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
        let answer = client.get_figures(asked).await.map_err(refused("读取统计"))?;
        Ok(answer.into_inner().rows.pop().unwrap_or_default())
    }
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
