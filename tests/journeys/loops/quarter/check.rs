//! What must be so after the quarter, by what every caller can read.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Debug,
    time::{Duration, Instant},
};

use e2e::{PATIENCE, citizens::signed, stretched};
use jiff::{Timestamp, civil::Date, tz};
use pingyi::roles::Role;
use platform::auth::Caller;
use proto::{
    fact::v1::{
        DeadlineWatched, ListFactsRequest, deadline_watched::Kind, fact::Body,
        fact_service_client::FactServiceClient,
    },
    publication::v1::{
        Dimension, Figures, GetFiguresRequest, ListOutcomesRequest, Rate, TicketCounts,
        disclosure_service_client::DisclosureServiceClient,
        statistics_service_client::StatisticsServiceClient,
    },
    ticketing::v1::{
        GetTicketRequest, ListTicketsRequest, Step, Ticket, step::Act,
        ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{DayUnit, Deadline, DeadlineEnd, Finding, TicketState as State},
};

use super::{Quarter, date, days::Days, fate::Fate};

/// For how long a closed ticket makes another one of its item and window a relapse: 90 days.
const RELAPSE_SECONDS: i64 = 90 * 24 * 60 * 60;
/// How often it is looked whether others have followed.
const LOOK: Duration = Duration::from_millis(50);

fn seconds(at: Option<&prost_types::Timestamp>) -> i64 {
    at.unwrap().seconds
}

/// The day in China.
fn day(seconds: i64) -> Date {
    let china = tz::TimeZone::fixed(tz::offset(8));
    Timestamp::from_second(seconds).unwrap().to_zoned(china).date()
}

fn is_fed_back(state: State) -> bool {
    use State::{Accepted, Closed, Confirmed, FedBack, Reported};
    matches!(state, FedBack | Reported | Accepted | Closed | Confirmed)
}

/// Waits until what others follow is as expected, and says what it is if it never is.
async fn settled<T: PartialEq + Debug>(expected: &T, read: impl AsyncFn() -> T) {
    let began = Instant::now();
    let mut last = read().await;
    while last != *expected && began.elapsed() < stretched(PATIENCE) {
        tokio::time::sleep(LOOK).await;
        last = read().await;
    }
    assert_eq!(last, *expected);
}

fn is_late(ticket: &Ticket) -> bool {
    ticket.deadlines.iter().any(|due| due.missed)
}

/// No closing without feedback, and without acceptance where the document asks for it; each time it
/// began.
fn closed_well(steps: &[Step], reviewed: bool) -> bool {
    let (mut fed_back, mut accepted) = (false, false);
    steps.iter().all(|step| match step.act.as_ref().unwrap() {
        Act::Feedback(_) => {
            (fed_back, accepted) = (true, false);
            true
        }
        Act::Acceptance(_) => {
            accepted = true;
            true
        }
        Act::Return(_) | Act::NewBeginning(_) | Act::FollowUp(_) => {
            (fed_back, accepted) = (false, false);
            true
        }
        Act::Closing(_) => fed_back && (accepted || !reviewed),
        _ => true,
    })
}

/// A deadline has the day that the notices give it, ends once, and is missed exactly if that day was
/// over before.
fn is_sound(due: &Deadline, days: &Days, now: i64) -> bool {
    let began = day(seconds(due.event_at.as_ref()));
    // A day that a plan or an extension names.
    let named = due.act == "carry_out_plan" || due.event == "extension";
    let count = usize::try_from(due.days).unwrap();
    let expected = match due.unit() {
        _ if named => date(&due.due_on),
        DayUnit::Working => days.after(began, count),
        DayUnit::Calendar => began + jiff::Span::new().days(i64::from(due.days)),
        DayUnit::Unspecified => return false,
    };
    let over = day(seconds(due.due_at.as_ref()) - 1) == expected
        && day(seconds(due.due_at.as_ref())) == expected.tomorrow().unwrap();
    let runs = due.end() == DeadlineEnd::Running;
    let ended = due.ended_at.as_ref().map(|at| at.seconds);
    let missed = ended.unwrap_or(now) >= seconds(due.due_at.as_ref());
    let replaced = due.end() == DeadlineEnd::Superseded;
    due.due_on == expected.to_string()
        && over
        && runs == ended.is_none()
        && due.missed == missed
        && replaced == (due.superseded_by > due.number)
        && replaced == (due.superseded_by != 0)
        && !matches!(due.end(), DeadlineEnd::Unspecified | DeadlineEnd::Moved)
}

impl Quarter {
    /// Checks everything.
    pub(super) async fn check(&self) {
        let profile = self.hall.rules.profile;
        let tickets = self.tickets().await;
        assert_eq!(tickets.len(), self.lives.len(), "{profile}: one ticket each");
        let mut ratings: Vec<&String> = tickets.values().flat_map(|t| &t.rating_ids).collect();
        let mut given: Vec<&String> = self.lives.iter().flat_map(|life| &life.ratings).collect();
        ratings.sort();
        given.sort();
        assert_eq!(ratings, given, "{profile}: each negative rating belongs to exactly one ticket");
        let now = self.hall.clock.now().as_second();
        for life in &self.lives {
            let (ticket, fate) = (&tickets[&life.ticket], life.fate);
            let what = format!("{profile} {fate:?}: {ticket:#?}");
            assert_eq!(ticket.rating_ids, life.ratings, "{what}");
            assert_eq!(ticket.agency_id, self.hall.agencies[life.agency].id, "{what}");
            let numbers = ticket.steps.iter().map(|step| step.sequence);
            assert!(numbers.eq(1..=ticket.step_count), "gapless: {what}");
            let acts: Vec<&Act> = ticket.steps.iter().filter_map(|s| s.act.as_ref()).collect();
            assert_eq!(acts, life.acts.iter().collect::<Vec<_>>(), "each step once: {what}");
            assert!(closed_well(&ticket.steps, self.hall.rules.reviewed), "{what}");
            assert_eq!(ticket.state(), self.expected(fate), "{what}");
            assert_eq!(is_late(ticket), life.late, "late by its own doing alone: {what}");
            let numbers = ticket.deadlines.iter().map(|due| due.number);
            assert!(numbers.eq(1..=u32::try_from(ticket.deadlines.len()).unwrap()), "{what}");
            for due in &ticket.deadlines {
                assert!(is_sound(due, &self.days, now), "{} {}: {what}", due.act, due.due_on);
            }
            let running = ticket.deadlines.iter().filter(|d| d.end() == DeadlineEnd::Running);
            let next = running.map(|due| seconds(due.due_at.as_ref())).min();
            assert_eq!(ticket.due_at.as_ref().map(|at| at.seconds), next, "due next: {what}");
            assert_eq!(next.is_some(), fate == Fate::Left, "what is over is not due: {what}");
            assert_eq!(ticket.relapse_of, relapse(ticket, &tickets), "{what}");
        }
        self.watched(&tickets).await;
        self.published(&tickets).await;
        self.counted(&tickets).await;
        for consumer in [Role::Intake, Role::Ticketing, Role::Publication] {
            let parked = "SELECT count(*) FROM fact_parked";
            let parked = self.hall.deployment.column(consumer, parked).await;
            assert_eq!(parked, ["0"], "{profile}: {consumer:?} applied every fact");
        }
    }

    /// Where a ticket ends.
    fn expected(&self, fate: Fate) -> State {
        match fate {
            Fate::Left if self.hall.rules.dispatches => State::Received,
            Fate::Left => State::Opened,
            Fate::Excluded => State::Excluded,
            Fate::NotReached => State::Closed,
            _ => State::Confirmed,
        }
    }

    /// Every ticket as the Authority reads it, page by page.
    async fn tickets(&self) -> HashMap<String, Ticket> {
        let mut client = TicketServiceClient::new(self.hall.deployment.channel(Role::Ticketing));
        let (mut ids, mut page_token) = (Vec::new(), String::new());
        loop {
            let asked = ListTicketsRequest { page_token, ..ListTicketsRequest::default() };
            let page = client.list_tickets(signed(asked, &self.hall.authority())).await;
            let page = page.unwrap().into_inner();
            ids.extend(page.tickets.into_iter().map(|ticket| ticket.ticket_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let (listed, mut tickets) = (ids.len(), HashMap::new());
        for ticket_id in ids {
            let asked = GetTicketRequest { ticket_id, before_step: 0 };
            let read = client.get_ticket(signed(asked, &self.hall.authority())).await;
            let ticket = read.unwrap().into_inner().ticket.unwrap();
            tickets.insert(ticket.ticket_id.clone(), ticket);
        }
        assert_eq!(tickets.len(), listed, "the pages list each ticket once");
        tickets
    }

    /// Each missed day was escalated once, and nothing else was; nothing was urged twice, nor on
    /// another day than its last.
    async fn watched(&self, tickets: &HashMap<String, Ticket>) {
        let facts = self.facts().await;
        let of = |kind: Kind| {
            let of = facts.iter().filter(|watched| watched.kind() == kind);
            let key = |w: &DeadlineWatched| (w.ticket_id.clone(), w.act.clone(), w.due_on.clone());
            let mut all: Vec<_> = of.map(key).collect();
            all.sort();
            all
        };
        let mut missed = Vec::new();
        for (id, ticket) in tickets {
            let late = ticket.deadlines.iter().filter(|due| due.missed);
            missed.extend(late.map(|due| (id.clone(), due.act.clone(), due.due_on.clone())));
        }
        missed.sort();
        assert!(!missed.is_empty());
        assert_eq!(of(Kind::Escalated), missed, "{}", self.hall.rules.profile);
        let mut urged = of(Kind::Urged);
        urged.dedup();
        assert_eq!(urged, of(Kind::Urged), "each once");
        for watched in facts.iter().filter(|watched| watched.kind() == Kind::Urged) {
            let at = day(seconds(watched.at.as_ref())).to_string();
            assert_eq!(at, watched.due_on, "{watched:?}");
        }
    }

    /// What became of deadlines, as ticketing told the other services.
    async fn facts(&self) -> Vec<DeadlineWatched> {
        let peer = self.hall.token("peer", Caller::Peer);
        let mut client = FactServiceClient::new(self.hall.deployment.channel(Role::Ticketing));
        let (mut watched, mut after) = (Vec::new(), 0);
        loop {
            let producer = Role::Ticketing.name().to_owned();
            let asked = ListFactsRequest { producer, after, limit: 0 };
            let page = client.list_facts(signed(asked, &peer)).await.unwrap().into_inner();
            let Some(last) = page.facts.last() else { return watched };
            after = last.position;
            watched.extend(page.facts.into_iter().filter_map(|fact| match fact.body {
                Some(Body::DeadlineWatched(body)) => Some(body),
                _ => None,
            }));
        }
    }

    /// Everyone can read where every ticket that counts stands.
    async fn published(&self, tickets: &HashMap<String, Ticket>) {
        let counting = tickets.values().filter(|ticket| ticket.state() != State::Excluded);
        let stands = |t: &Ticket| (t.ticket_id.clone(), t.state(), t.finding());
        let mut expected: Vec<_> = counting.map(stands).collect();
        expected.sort();
        settled(&expected, async || self.outcomes().await).await;
    }

    async fn outcomes(&self) -> Vec<(String, State, Finding)> {
        let channel = self.hall.deployment.channel(Role::Publication);
        let mut client = DisclosureServiceClient::new(channel);
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let asked = ListOutcomesRequest {
                region_code: self.hall.rules.code.to_owned(),
                page_token,
                ..ListOutcomesRequest::default()
            };
            let page = client.list_outcomes(asked).await.unwrap().into_inner();
            for outcome in page.outcomes {
                seen.push((outcome.ticket_id.clone(), outcome.state(), outcome.finding()));
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                seen.retain(|(_, state, _)| *state != State::Excluded);
                seen.sort();
                return seen;
            }
        }
    }

    /// The figures of each agency, and of the region, are what the tickets and ratings say.
    async fn counted(&self, tickets: &HashMap<String, Ticket>) {
        let mut agencies = BTreeMap::<&str, TicketCounts>::new();
        let mut whole = TicketCounts::default();
        for ticket in tickets.values().filter(|ticket| ticket.state() != State::Excluded) {
            count(ticket, agencies.entry(&ticket.agency_id).or_default());
            count(ticket, &mut whole);
        }
        // A later rating of the same act takes the place of the one before.
        let counting = self.lives.iter().filter(|life| life.fate != Fate::Excluded);
        let mut acts: Vec<&str> = counting.map(|life| life.token.as_str()).collect();
        acts.sort_unstable();
        acts.dedup();
        let levels = (u64::try_from(self.content).unwrap(), u64::try_from(acts.len()).unwrap());
        let expected = Some(Published::of(&whole, levels));
        settled(&expected, async || {
            let rows = self.figures(Dimension::Region, self.hall.rules.code).await;
            rows.first().map(Published::read)
        })
        .await;
        for agency in &self.hall.agencies {
            let rows = self.figures(Dimension::Agency, &agency.id).await;
            let counts = rows.first().and_then(|row| row.tickets).unwrap_or_default();
            let expected = agencies.remove(agency.id.as_str()).unwrap_or_default();
            assert_eq!(counts, expected, "{} {}", self.hall.rules.profile, agency.id);
        }
        assert!(agencies.is_empty(), "{agencies:?}");
        // Something of everything, else nothing is shown.
        let TicketCounts { relapsed, late, on_time, confirmed, .. } = whole;
        let numbers = [relapsed, late, on_time, confirmed, whole.fed_back - whole.rectified];
        assert!(numbers.iter().all(|number| *number > 0), "{whole:?}");
    }

    async fn figures(&self, dimension: Dimension, key: &str) -> Vec<Figures> {
        let request = GetFiguresRequest {
            dimension: dimension.into(),
            key: key.to_owned(),
            from: self.days.working[0].to_string(),
            to: self.days.working.last().unwrap().to_string(),
            ..GetFiguresRequest::default()
        };
        let channel = self.hall.deployment.channel(Role::Publication);
        let answer = StatisticsServiceClient::new(channel).get_figures(request).await;
        answer.unwrap().into_inner().rows
    }
}

/// The figures of a region that must be as they were counted again.
#[derive(Clone, Debug, PartialEq)]
struct Published {
    tickets: TicketCounts,
    rectification: Rate,
    follow_up: Rate,
    satisfaction: Rate,
    /// The best level and the worst.
    levels: (u64, u64),
}

impl Published {
    fn of(tickets: &TicketCounts, levels: (u64, u64)) -> Self {
        let rate = |numerator, denominator| Rate { numerator, denominator };
        Self {
            tickets: *tickets,
            rectification: rate(tickets.fed_back, tickets.opened),
            follow_up: rate(tickets.due_followed_up, tickets.due_for_follow_up),
            satisfaction: rate(levels.0, levels.0 + levels.1),
            levels,
        }
    }

    fn read(row: &Figures) -> Self {
        let level = |at: usize| row.levels.get(at).map_or(0, |level| level.count);
        Self {
            tickets: row.tickets.unwrap_or_default(),
            rectification: row.rectification.unwrap_or_default(),
            follow_up: row.follow_up.unwrap_or_default(),
            satisfaction: row.satisfaction.unwrap_or_default(),
            levels: (level(0), level(4)),
        }
    }
}

/// Counts a ticket by what it is.
fn count(ticket: &Ticket, into: &mut TicketCounts) {
    let (state, late) = (ticket.state(), is_late(ticket));
    let fed_back = is_fed_back(state);
    let closed = matches!(state, State::Closed | State::Confirmed);
    let reached = |step: &Step| matches!(&step.act, Some(Act::FollowUp(f)) if !f.not_reached);
    let followed_up = ticket.steps.iter().any(reached);
    for (holds, number) in [
        (true, &mut into.opened),
        (fed_back, &mut into.fed_back),
        (fed_back && ticket.finding() != Finding::NoLegalBasis, &mut into.rectified),
        (closed, &mut into.closed),
        (state == State::Confirmed, &mut into.confirmed),
        (!ticket.relapse_of.is_empty(), &mut into.relapsed),
        (late, &mut into.late),
        (fed_back && !late, &mut into.on_time),
        (closed || followed_up, &mut into.due_for_follow_up),
        (followed_up, &mut into.followed_up),
        (followed_up, &mut into.due_followed_up),
        (ticket.real_name, &mut into.real_name),
        (ticket.real_name && followed_up && fed_back, &mut into.real_name_handled),
    ] {
        *number += u64::from(holds);
    }
}

/// The ticket that this one is a relapse of: the last one of its item and window that was closed in
/// the 90 days before; empty if none was.
fn relapse(ticket: &Ticket, tickets: &HashMap<String, Ticket>) -> String {
    let place = |ticket: &Ticket| {
        let act = ticket.act.clone().unwrap();
        (act.item_code, act.window_id)
    };
    // The first deadline runs from the receipt of the rating.
    let (own, opened) = (place(ticket), seconds(ticket.deadlines[0].event_at.as_ref()));
    let closed = |other: &Ticket| {
        let closings = other.steps.iter().filter(|s| matches!(s.act, Some(Act::Closing(_))));
        let times = closings.map(|step| seconds(step.at.as_ref()));
        times.filter(|at| (opened - RELAPSE_SECONDS..opened).contains(at)).max()
    };
    let others = tickets.values().filter(|other| place(other) == own);
    let closed = others.filter_map(|other| Some((closed(other)?, other.ticket_id.clone())));
    closed.max().map(|(_, id)| id).unwrap_or_default()
}
