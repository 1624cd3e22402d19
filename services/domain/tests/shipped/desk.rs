//! A desk at which tickets are handled: a profile, the shipped calendar, and a step of each kind.

use domain::{
    calendar::Calendar,
    profile::{Office, Profile},
    ticket::{Finding, Means, Plan, Refusal, Ticket, TicketStep},
};
use jiff::{Timestamp, civil::date};

/// The steps by short names; `content` and `upset` are the two ends of a follow-up.
pub const STEPS: [&str; 9] =
    ["assign", "contact", "verify", "rectify", "feed back", "accept", "close", "content", "upset"];

pub struct Desk {
    pub profile: Profile,
    pub calendar: Calendar,
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A well-formed step.
pub fn ticket_step(step: &str, finding: Finding) -> TicketStep {
    let plan = Plan { text: "增设窗口".to_owned(), carry_out_by: date(2026, 6, 30) };
    let follow_up = |satisfied| TicketStep::FollowUp {
        means: Means::Sms,
        satisfied,
        note: "已回访".to_owned(),
    };
    match step {
        "assign" => TicketStep::Assign { assignee: "staff-1".to_owned() },
        "contact" => {
            TicketStep::Contact { means: Means::Phone, reached: true, note: "已致电".to_owned() }
        }
        "verify" => TicketStep::Verify {
            finding,
            reason: "情况属实".to_owned(),
            plan: (finding == Finding::Complex).then_some(plan),
        },
        "rectify" => TicketStep::Rectify {
            measures: "当面致歉".to_owned(),
            evidence: "照片".to_owned(),
        },
        "feed back" => {
            TicketStep::FeedBack { means: Means::Online, summary: "已整改".to_owned() }
        }
        "accept" => TicketStep::Accept { opinion: String::new() },
        "close" => TicketStep::Close,
        "content" => follow_up(true),
        "upset" => follow_up(false),
        other => panic!("{other} is no step"),
    }
}

impl Desk {
    /// A ticket whose rating was received on Thursday 2026-03-05 at 10:00 in Shanghai.
    pub fn open(&self) -> Ticket {
        Ticket::open(true, at("2026-03-05T02:00:00Z"), &self.profile, &self.calendar).unwrap()
    }

    /// Whose step it is, as the clauses say.
    pub fn owner(&self, ticket_step: &TicketStep) -> Office {
        match (ticket_step.name(), self.profile.follow_up.value.by) {
            ("accept result", _) | ("record follow-up", Office::Authority) => Office::Authority,
            _ => Office::HandlingAgency,
        }
    }

    /// Takes a step for the office whose it is.
    pub fn take(
        &self,
        ticket: &Ticket,
        ticket_step: &TicketStep,
        at: Timestamp,
    ) -> Result<Ticket, Refusal> {
        ticket.clone().step(ticket_step, self.owner(ticket_step), at, &self.profile, &self.calendar)
    }
}
