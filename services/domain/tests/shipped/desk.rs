//! A desk at which tickets are handled: a profile, the shipped calendar, and a step of each kind.

#![allow(dead_code, reason = "not every test needs every part")]

use domain::{
    calendar::Calendar,
    deadline::day_of,
    id::TicketId,
    profile::{Event, ExclusionGround, Office, Profile},
    source::Source,
    ticket::{
        Due, Finding, FollowUpOutcome, Grounds, Means, Opening, Outcome, Plan, Refusal, Setting,
        Ticket, TicketState, TicketStep,
    },
};
use jiff::{Timestamp, civil::date};

use super::{
    calendars::calendar,
    profiles::{
        CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile,
    },
};

/// The steps by short names, each outcome by itself; `content`, `upset` and `silent` are the ends of
/// a follow-up, and `says content` and `says upset` the rater's own answers.
pub const STEPS: [&str; 26] = [
    "dispatch",
    "assign",
    "take over",
    "contact",
    "ring",
    "verify",
    "mistaken",
    "feed back solution",
    "rectify",
    "extend",
    "answer part",
    "feed back",
    "report",
    "accept",
    "return",
    "uphold",
    "dismiss",
    "close",
    "content",
    "upset",
    "silent",
    "says content",
    "says upset",
    "urge",
    "link",
    "unlink",
];

/// The handling agency, one that has a part, and who takes the steps.
pub const LEAD: &str = "652301-a03";
pub const PART: &str = "652301-a04";
pub const CLERK: &str = "652301-s01";

/// The eight shipped documents, each with the layer it refines.
pub const EIGHT: [&[Source<'static>]; 8] = [
    &[STATE_COUNCIL],
    &[GUANGXI],
    &[STATE_COUNCIL, HAIYANG],
    &[STATE_COUNCIL, CHANGJI],
    &[STATE_COUNCIL, COUNTY],
    &[STATE_COUNCIL, DISTRICT],
    &[STATE_COUNCIL, CITY],
    &[SHANGHAI],
];

pub struct Desk {
    pub profile: Profile,
    pub calendar: Calendar,
}

pub fn desk(layers: &[Source<'_>]) -> Desk {
    Desk { profile: profile(layers), calendar: calendar() }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A well-formed step. Its words do for every document, a plan's day for those without a last one.
pub fn ticket_step(step: &str, finding: Finding) -> TicketStep {
    let words = || "示例".to_owned();
    let plan = Plan { text: words(), carry_out_by: date(2026, 6, 30), grounds: None };
    let contact = |reached| TicketStep::Contact { means: Means::Phone, reached, note: words() };
    let follow_up = |outcome| TicketStep::FollowUp { means: Means::Sms, outcome, note: words() };
    match step {
        "dispatch" => TicketStep::Dispatch {
            agency: LEAD.to_owned(),
            participants: Vec::new(),
            note: String::new(),
        },
        "assign" => TicketStep::Assign { assignee: CLERK.to_owned() },
        "take over" => TicketStep::TakeOver,
        "contact" => contact(true),
        "ring" => contact(false),
        "verify" => TicketStep::Verify {
            outcome: Outcome::Found(finding),
            reason: words(),
            plan: (finding == Finding::Complex).then_some(plan),
            document_number: String::new(),
            documents: Vec::new(),
        },
        "mistaken" => TicketStep::Verify {
            outcome: Outcome::NotToCount(ExclusionGround::Mistaken),
            reason: words(),
            plan: None,
            document_number: String::new(),
            documents: Vec::new(),
        },
        "feed back solution" => {
            TicketStep::FeedBackSolution { means: Means::Online, summary: words() }
        }
        "rectify" => {
            TicketStep::Rectify { measures: words(), evidence: words(), documents: Vec::new() }
        }
        "extend" => TicketStep::Extend { new_day: date(2026, 12, 1), grounds: all_grounds() },
        "answer part" => TicketStep::AnswerPart { answer: words(), documents: Vec::new() },
        "feed back" => TicketStep::FeedBack { means: Means::Online, summary: words() },
        "report" => TicketStep::Report { summary: words() },
        "accept" => TicketStep::Accept { opinion: String::new() },
        "return" => TicketStep::Return { reason: words() },
        "uphold" => TicketStep::DecideExclusion { upheld: true, opinion: words() },
        "dismiss" => TicketStep::DecideExclusion { upheld: false, opinion: words() },
        "close" => TicketStep::Close,
        "content" => follow_up(FollowUpOutcome::Satisfied),
        "upset" => follow_up(FollowUpOutcome::Unsatisfied),
        "silent" => follow_up(FollowUpOutcome::NotReached),
        "says content" => TicketStep::AnswerFollowUp { satisfied: true },
        "says upset" => TicketStep::AnswerFollowUp { satisfied: false },
        "urge" => TicketStep::Urge { note: words() },
        "link" => TicketStep::Link { reason: words() },
        "unlink" => TicketStep::Unlink { reason: words() },
        other => panic!("{other} is no step"),
    }
}

/// Everything that any document asks for a new day.
pub fn all_grounds() -> Grounds {
    Grounds {
        reason: "系统改造未完成".to_owned(),
        document_number: "示例〔2026〕1号".to_owned(),
        informed_by: Some(Means::Phone),
    }
}

/// The deadlines on record: act and last day.
pub fn on_record(ticket: &Ticket) -> Vec<String> {
    ticket.dues.0.iter().map(named).collect()
}

/// Those that run.
pub fn running(ticket: &Ticket) -> Vec<String> {
    ticket.dues.running().map(named).collect()
}

/// Those that were missed by now, by act.
pub fn missed(ticket: &Ticket, now: &str) -> Vec<String> {
    let missed = ticket.dues.0.iter().filter(|due| due.is_missed(at(now)));
    missed.map(|due| due.deadline.rule.subject.clone()).collect()
}

fn named(due: &Due) -> String {
    format!("{} {}", due.deadline.rule.subject, due.deadline.due_on)
}

impl Desk {
    /// A ticket whose real-name rating was received on Thursday 2026-03-05 at 10:00 in Shanghai.
    pub fn open(&self) -> Ticket {
        self.open_as(Opening::Rating { real_name: true }, false)
    }

    pub fn open_as(&self, opening: Opening, township: bool) -> Ticket {
        let received = at("2026-03-05T02:00:00Z");
        let Self { profile, calendar } = self;
        Ticket::open(opening, LEAD.to_owned(), township, received, profile, calendar).unwrap()
    }

    pub fn in_state(&self, state: TicketState) -> Ticket {
        Ticket { state, dispatched: state != TicketState::Received, ..self.open() }
    }

    /// Whose step it is where nobody stands in, as the clauses say.
    pub fn owner(&self, step: &TicketStep) -> Office {
        match step {
            TicketStep::Dispatch { .. }
            | TicketStep::Accept { .. }
            | TicketStep::Return { .. }
            | TicketStep::DecideExclusion { .. }
            | TicketStep::Urge { .. } => Office::Authority,
            TicketStep::FollowUp { .. } => self.profile.follow_up.value.by,
            _ => Office::HandlingAgency,
        }
    }

    /// Under what an office takes a step.
    pub fn setting(&self, office: Office, at: Timestamp) -> Setting<'_> {
        let of_agency = office == Office::HandlingAgency;
        Setting {
            ticket: TicketId(uuid::Uuid::from_u128(7)),
            office,
            by: CLERK,
            agency: of_agency.then_some(LEAD),
            at,
            profile: &self.profile,
            calendar: &self.calendar,
            act_has_open_ticket: false,
        }
    }

    /// Takes a step for the office whose it is.
    pub fn take(
        &self,
        ticket: &Ticket,
        step: &TicketStep,
        at: Timestamp,
    ) -> Result<Ticket, Refusal> {
        let mut setting = self.setting(self.owner(step), at);
        if matches!(step, TicketStep::AnswerPart { .. }) {
            setting.agency = Some(PART);
        }
        ticket.clone().step(step, &setting)
    }

    /// Takes a step by its name, a plan's day being the document's last one.
    pub fn go(
        &self,
        ticket: &Ticket,
        step: &str,
        finding: Finding,
        at: Timestamp,
    ) -> Result<Ticket, Refusal> {
        let mut step = ticket_step(step, finding);
        if let TicketStep::Verify { plan: Some(plan), .. } = &mut step
            && let Some(rule) = &self.profile.fix_complex
        {
            let of_found = Event::FoundTrue.starts(&rule.value);
            let event_at = if of_found { at } else { ticket.clock_started_at };
            let last = rule.value.due(event_at, &self.calendar).unwrap().due_on;
            let late = last < day_of(at);
            plan.carry_out_by = if late { day_of(at) } else { last };
            plan.grounds = (late && self.profile.extension.is_some()).then(all_grounds);
        }
        self.take(ticket, &step, at)
    }

    /// The ticket after some steps by their names, all at one time; dispatched first where the
    /// Authority does that.
    pub fn after(&self, steps: &[&str], finding: Finding, now: &str) -> Ticket {
        let mut ticket = self.open();
        if ticket.state == TicketState::Received {
            ticket = self.go(&ticket, "dispatch", finding, at(now)).unwrap();
        }
        for step in steps {
            ticket = self
                .go(&ticket, step, finding, at(now))
                .unwrap_or_else(|refused| panic!("{} × {step}: {refused}", self.profile.id));
        }
        ticket
    }
}
