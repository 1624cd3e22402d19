//! Counts lifecycles again from what the deployment has: every negative rating has one ticket, every
//! ticket's steps are gapless, every closed one was fed back before, and the published figures grew
//! by what the loop did and by nothing else.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::civil::Date;
use proto::{
    intake::v1::rating_service_client::RatingServiceClient,
    publication::v1::{
        Dimension, Figures, GetFiguresRequest, statistics_service_client::StatisticsServiceClient,
    },
    ticketing::v1::{
        GetTicketRequest, ListTicketsRequest, Step, Ticket, step::Act,
        ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Deadline, DeadlineEnd, Level, TicketState},
};
use tonic::{Response, Status};

use super::{
    check::Findings,
    lifecycle::{Hall, Life},
    tally::Unacknowledged,
    target::{Target, side_by_side},
};
use crate::client::ClientError;

/// Calls of the recount under way at once.
const WIDTH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(31);
/// Tickets that are listed at once.
const PAGE: u32 = 200;
/// How long followers are waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long they are left alone in between.
const LOOK: Duration = Duration::from_millis(300);

/// What the published figures of a region say of a span of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Ratings of the worst level.
    pub(super) worst: u64,
    /// Ratings of any level.
    pub(super) rated: u64,
    /// Tickets opened.
    pub(super) opened: u64,
    /// Tickets fed back.
    pub(super) fed_back: u64,
}

impl Counted {
    fn of(figures: &Figures) -> Self {
        let worst = figures.levels.iter().filter(|level| level.level() == Level::VeryDissatisfied);
        let rectified = figures.rectification.unwrap_or_default();
        Self {
            worst: worst.map(|level| level.count).sum(),
            rated: figures.levels.iter().map(|level| level.count).sum(),
            opened: rectified.denominator,
            fed_back: rectified.numerator,
        }
    }

    /// The same with what a loop adds: each of its ratings is of the worst level and has a ticket.
    fn with(self, ratings: u64, fed_back: u64) -> Self {
        Self {
            worst: self.worst + ratings,
            rated: self.rated + ratings,
            opened: self.opened + ratings,
            fed_back: self.fed_back + fed_back,
        }
    }

    /// What the deployment publishes from a day on.
    async fn read(target: &Target, region: &str, from: Date) -> Result<Self, Status> {
        let request = GetFiguresRequest {
            dimension: Dimension::Region.into(),
            key: region.to_owned(),
            from: from.to_string(),
            // The loop may last beyond midnight.
            to: from.saturating_add(jiff::Span::new().days(7)).to_string(),
            ..GetFiguresRequest::default()
        };
        let answer = StatisticsServiceClient::new(target.channel(0)).get_figures(request).await?;
        Ok(Self::of(&answer.into_inner().rows.pop().unwrap_or_default()))
    }

    /// The same, once it does not change any more.
    pub(super) async fn settled(
        target: &Target,
        region: &str,
        from: Date,
    ) -> Result<Self, ClientError> {
        let began = Instant::now();
        let mut last = Self::read(target, region, from).await?;
        while began.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK).await;
            let now = Self::read(target, region, from).await?;
            if now == last {
                break;
            }
            last = now;
        }
        Ok(last)
    }
}

/// What is wrong with a ticket, by its steps, for a lifecycle that was acknowledged so far.
fn judge_steps(ticket: &Ticket, life: &Life, reviewed: bool) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    let gapless = ticket.steps.iter().map(|step| step.sequence).eq(1..=ticket.step_count);
    if !gapless {
        wrong.push("a ticket's steps have a gap");
    }
    let surplus = ticket.step_count > life.steps + u32::from(life.unsure);
    if ticket.step_count < life.steps {
        wrong.push("an acknowledged step is missing");
    } else if surplus {
        wrong.push("a step is there twice");
    }
    let place = |is: fn(&Act) -> bool| {
        let of = |step: &Step| step.act.as_ref().is_some_and(is);
        ticket.steps.iter().position(of)
    };
    let closing = place(|act| matches!(act, Act::Closing(_)));
    if life.closed && (closing.is_none() || ticket.state() != TicketState::Closed) {
        wrong.push("a ticket that was closed is not");
    }
    let before = |earlier: Option<usize>| match (earlier, closing) {
        (_, None) => true,
        (earlier, Some(closing)) => earlier.is_some_and(|earlier| earlier < closing),
    };
    if !before(place(|act| matches!(act, Act::Feedback(_)))) {
        wrong.push("a ticket was closed without feedback");
    }
    if reviewed && !before(place(|act| matches!(act, Act::Acceptance(_)))) {
        wrong.push("a ticket was closed without acceptance");
    }
    wrong
}

/// What is wrong with a ticket's deadlines: what is due next stands in a row of its own that runs, each row
/// says how it ended, and none runs for an act that is over.
fn judge_deadlines(ticket: &Ticket) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    let runs = |deadline: &&Deadline| deadline.end() == DeadlineEnd::Running;
    let instant = |at: &prost_types::Timestamp| (at.seconds, at.nanos);
    let next = ticket
        .deadlines
        .iter()
        .filter(runs)
        .filter_map(|row| row.due_at.as_ref())
        .min_by_key(|at| instant(at));
    if next.map(instant) != ticket.due_at.as_ref().map(instant) {
        wrong.push("what is due next has no row of its own");
    }
    let complete = |row: &Deadline| {
        let ended = row.ended_at.is_some() != runs(&row);
        ended && row.end() != DeadlineEnd::Unspecified && !row.act.is_empty() && row.number > 0
    };
    if !ticket.deadlines.iter().all(complete) {
        wrong.push("a deadline's row is incomplete");
    }
    let mut running: Vec<&str> =
        ticket.deadlines.iter().filter(runs).map(|row| row.act.as_str()).collect();
    let count = running.len();
    running.sort_unstable();
    running.dedup();
    if running.len() < count {
        wrong.push("a deadline runs twice for one act");
    }
    wrong
}

/// What is wrong with a rating's tickets; the ticket if there is one.
fn judge_tickets<'a>(
    tickets: Option<&'a Vec<String>>,
    life: &Life,
) -> Result<&'a str, &'static str> {
    match tickets.map(Vec::as_slice).unwrap_or_default() {
        [] => Err("a negative rating has no ticket"),
        [one] if life.ticket_id.as_ref().is_some_and(|seen| seen != one) => {
            Err("the rater was shown another ticket")
        }
        [one] => Ok(one),
        _ => Err("a negative rating has several tickets"),
    }
}

/// Whether the rater was told the result, as the published figure counts it.
fn is_fed_back(ticket: &Ticket) -> bool {
    matches!(
        ticket.state(),
        TicketState::FedBack
            | TicketState::Reported
            | TicketState::Accepted
            | TicketState::Closed
            | TicketState::Confirmed
    )
}

impl Hall {
    /// Counts everything again.
    pub(super) async fn recount(self: &Arc<Self>) -> Findings {
        let mut findings = Findings::default();
        let mut lives = self.lives();
        for life in lives.iter_mut().filter(|life| life.rating_id.is_none()) {
            self.ask_again(life, &mut findings).await;
        }
        lives.retain(|life| life.rating_id.is_some());
        findings.acknowledged = lives.len() as u64;
        let tickets = match self.tickets_of(&lives).await {
            Ok(tickets) => tickets,
            Err(status) => {
                findings.wrong("", &unread(&status));
                return findings;
            }
        };
        let (mut looked_for, mut fed_back) = (Vec::new(), 0);
        for life in lives {
            let rating = life.rating_id.clone().unwrap_or_default();
            match judge_tickets(tickets.get(&rating), &life) {
                Ok(ticket) => {
                    findings.listed += 1;
                    looked_for.push((ticket.to_owned(), life));
                }
                Err(wrong) => findings.wrong(&rating, wrong),
            }
        }
        let read = side_by_side(looked_for, WIDTH, |(ticket, life)| {
            let hall = Arc::clone(self);
            async move { (hall.ticket(&ticket).await, ticket, life) }
        });
        for (read, id, life) in read.await {
            let wrong = match read {
                Ok(ticket) => {
                    fed_back += u64::from(is_fed_back(&ticket));
                    let mut wrong = judge_steps(&ticket, &life, self.reviewed);
                    wrong.extend(judge_deadlines(&ticket));
                    wrong
                }
                Err(status) => {
                    findings.wrong(&id, &unread(&status));
                    continue;
                }
            };
            findings.read_back += u64::from(wrong.is_empty());
            for wrong in wrong {
                findings.wrong(&id, wrong);
            }
        }
        let expected = self.before.with(findings.acknowledged, fed_back);
        let published = self.published(expected).await;
        if published.as_ref().ok() != Some(&expected) {
            let wrong = "the published figures are not the recount";
            findings.wrong(&format!("{published:?} instead of {expected:?}:"), wrong);
        }
        findings
    }

    /// Sends a rating that nobody acknowledged once more: then it is there, or refused.
    async fn ask_again(&self, life: &mut Life, findings: &mut Findings) {
        let Some(asked) = &life.asked else { return };
        let answer = self.patience.ask(|| {
            let mut client = RatingServiceClient::new(self.citizens.channel(0));
            let request = self.citizens.signed(asked.clone());
            async move { client.submit_rating(request).await.map(Response::into_inner) }
        });
        let answer = answer.await;
        match answer {
            Ok(receipt) => {
                findings.perhaps += 1;
                findings.late += 1;
                life.rating_id = Some(receipt.rating_id);
            }
            Err(status) if Unacknowledged::from(&status).perhaps => {
                findings.wrong("", &unread(&status));
            }
            Err(_) => {}
        }
    }

    /// The tickets of each rating of these lifecycles, once each has one.
    async fn tickets_of(&self, lives: &[Life]) -> Result<HashMap<String, Vec<String>>, Status> {
        let began = Instant::now();
        loop {
            let tickets = self.all_tickets().await?;
            let ticketed = |life: &Life| {
                life.rating_id.as_ref().is_some_and(|rating| tickets.contains_key(rating))
            };
            if lives.iter().all(ticketed) || began.elapsed() >= PATIENCE {
                return Ok(tickets);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Every ticket of the region, by its ratings.
    async fn all_tickets(&self) -> Result<HashMap<String, Vec<String>>, Status> {
        let (mut tickets, mut page_token) = (HashMap::<String, Vec<String>>::new(), String::new());
        loop {
            let request =
                ListTicketsRequest { page_size: PAGE, page_token, ..ListTicketsRequest::default() };
            let page = self.patience.ask(|| {
                let mut client = TicketServiceClient::new(self.authority.channel(0));
                let request = self.authority.signed(request.clone());
                async move { client.list_tickets(request).await.map(Response::into_inner) }
            });
            let page = page.await?;
            for ticket in page.tickets {
                for rating in ticket.rating_ids {
                    tickets.entry(rating).or_default().push(ticket.ticket_id.clone());
                }
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(tickets);
            }
        }
    }

    async fn ticket(&self, ticket_id: &str) -> Result<Ticket, Status> {
        let request = GetTicketRequest { ticket_id: ticket_id.to_owned(), before_step: 0 };
        let read = self.patience.ask(|| {
            let mut client = TicketServiceClient::new(self.authority.channel(0));
            let request = self.authority.signed(request.clone());
            async move { client.get_ticket(request).await.map(Response::into_inner) }
        });
        Ok(read.await?.ticket.unwrap_or_default())
    }

    /// The published figures, once they are as expected or are waited for no longer.
    async fn published(&self, expected: Counted) -> Result<Counted, String> {
        let began = Instant::now();
        loop {
            let read = self.patience.ask(|| Counted::read(&self.citizens, &self.region, self.from));
            let now = read.await.map_err(|status| unread(&status));
            if now.as_ref().is_ok_and(|now| *now == expected) || began.elapsed() >= PATIENCE {
                return now;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn unread(status: &Status) -> String {
    format!("not to be read: {}", Unacknowledged::from(status).reason)
}

#[cfg(test)]
mod tests {
    use proto::ticketing::v1::{Acceptance, Closing, Feedback};

    use super::*;

    fn closed(acts: Vec<Act>) -> (Ticket, Life) {
        let steps: Vec<Step> = (1..)
            .zip(acts)
            .map(|(sequence, act)| Step { sequence, act: Some(act), ..Step::default() })
            .collect();
        let step_count = u32::try_from(steps.len()).unwrap();
        let state = TicketState::Closed.into();
        let life = Life { steps: step_count, closed: true, ..Life::default() };
        (Ticket { steps, step_count, state, ..Ticket::default() }, life)
    }

    fn acts() -> Vec<Act> {
        vec![
            Act::Feedback(Feedback::default()),
            Act::Acceptance(Acceptance::default()),
            Act::Closing(Closing {}),
        ]
    }

    #[test]
    fn load_the_recount_fails_for_a_gap_a_lost_step_and_a_closing_without_feedback() {
        let (good, life) = closed(acts());
        assert!(judge_steps(&good, &life, true).is_empty());
        let mut gap = good.clone();
        gap.steps.remove(1);
        assert!(judge_steps(&gap, &life, false).contains(&"a ticket's steps have a gap"));
        let more = Life { steps: 4, ..life.clone() };
        assert_eq!(judge_steps(&good, &more, true), ["an acknowledged step is missing"]);
        let fewer = Life { steps: 2, ..life.clone() };
        assert_eq!(judge_steps(&good, &fewer, true), ["a step is there twice"]);
        let unsure = Life { unsure: true, ..fewer };
        assert!(judge_steps(&good, &unsure, true).is_empty());
        let (silent, life) = closed(acts().split_off(1));
        assert_eq!(judge_steps(&silent, &life, true), ["a ticket was closed without feedback"]);
        let mut swapped = acts();
        swapped.swap(0, 2);
        let (late, life) = closed(swapped);
        let both =
            ["a ticket was closed without feedback", "a ticket was closed without acceptance"];
        assert_eq!(judge_steps(&late, &life, true), both);
        assert_eq!(judge_steps(&late, &life, false), both[..1]);
        let open = Ticket { state: TicketState::Accepted.into(), ..good };
        assert_eq!(judge_steps(&open, &life, true), ["a ticket that was closed is not"]);
    }

    #[test]
    fn load_the_recount_fails_for_a_deadline_without_its_row() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let row = |number: u32, act: &str, due: i64, end: DeadlineEnd| Deadline {
            number,
            act: act.to_owned(),
            due_at: at(due),
            end: end.into(),
            ended_at: if end == DeadlineEnd::Running { None } else { at(1) },
            ..Deadline::default()
        };
        let (met, running) = (DeadlineEnd::Met, DeadlineEnd::Running);
        let good = Ticket {
            deadlines: vec![
                row(1, "fix", 5, met),
                row(2, "report", 9, running),
                row(3, "follow_up", 7, running),
            ],
            due_at: at(7),
            ..Ticket::default()
        };
        assert!(judge_deadlines(&good).is_empty());
        assert!(judge_deadlines(&Ticket::default()).is_empty());
        type Change = fn(&mut Ticket);
        let changes: [(Change, &str); 5] = [
            (|ticket| ticket.deadlines.truncate(2), "what is due next has no row of its own"),
            (|ticket| ticket.due_at = None, "what is due next has no row of its own"),
            (|ticket| ticket.deadlines[0].ended_at = None, "a deadline's row is incomplete"),
            (|ticket| ticket.deadlines[0].number = 0, "a deadline's row is incomplete"),
            (
                |ticket| ticket.deadlines[1].act = "follow_up".to_owned(),
                "a deadline runs twice for one act",
            ),
        ];
        for (change, wrong) in changes {
            let mut ticket = good.clone();
            change(&mut ticket);
            assert_eq!(judge_deadlines(&ticket), [wrong]);
        }
    }

    #[test]
    fn load_the_recount_fails_for_a_rating_with_no_ticket_two_or_another() {
        let life = Life { ticket_id: Some("t1".to_owned()), ..Life::default() };
        let tickets = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(judge_tickets(Some(&tickets(&["t1"])), &life), Ok("t1"));
        for (ids, wrong) in [
            (None, "a negative rating has no ticket"),
            (Some(tickets(&["t1", "t2"])), "a negative rating has several tickets"),
            (Some(tickets(&["t2"])), "the rater was shown another ticket"),
        ] {
            assert_eq!(judge_tickets(ids.as_ref(), &life), Err(wrong));
        }
    }

    #[test]
    fn load_the_figures_grow_by_what_the_loop_did() {
        let before = Counted { worst: 2, rated: 9, opened: 3, fed_back: 1 };
        let after = Counted { worst: 7, rated: 14, opened: 8, fed_back: 5 };
        assert_eq!(before.with(5, 4), after);
    }
}
