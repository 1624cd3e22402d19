//! The acts that a profile can set a deadline for: from which events each may run, and whether the
//! time binds someone or belongs to someone.

use serde::Deserialize;

use super::{Profile, Ruled, values::phrases};
use crate::deadline::DeadlineRule;

phrases! {
    /// An event a deadline runs from.
    Event {
        ServiceReceived = "接受服务",
        CaseAccepted = "受理",
        CaseCompleted = "办结",
        AcceptedOrCompleted = "受理或办结",
        RatingReceived = "收到评价",
        ComplaintReceived = "收到投诉",
        FoundTrue = "查实",
        AppealReceived = "收到申诉",
        TicketClosed = "差评办结",
    }
}

impl Event {
    /// Its name in a [`DeadlineRule`] and in the documents as data.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceReceived => "service_received",
            Self::CaseAccepted => "case_accepted",
            Self::CaseCompleted => "case_completed",
            Self::AcceptedOrCompleted => "accepted_or_completed",
            Self::RatingReceived => "rating_received",
            Self::ComplaintReceived => "complaint_received",
            Self::FoundTrue => "found_true",
            Self::AppealReceived => "appeal_received",
            Self::TicketClosed => "ticket_closed",
        }
    }

    /// Whether it happens at the same time as `other` or before it, whatever the case.
    #[must_use]
    pub fn never_after(self, other: Self) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::RatingReceived, Self::FoundTrue | Self::AppealReceived | Self::TicketClosed)
                    | (Self::FoundTrue, Self::TicketClosed)
                    | (Self::CaseAccepted, Self::AcceptedOrCompleted | Self::CaseCompleted)
                    | (Self::AcceptedOrCompleted, Self::CaseCompleted)
            )
    }

    /// Whether `rule` runs from it.
    #[must_use]
    pub fn starts(self, rule: &DeadlineRule) -> bool {
        rule.event == self.name()
    }
}

/// Whose the time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// It binds who has to act: more of it is looser.
    Duty,
    /// It belongs to who may act: less of it is looser.
    Right,
}

/// An act with a deadline.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// The act, which is the profile's field.
    pub act: &'static str,
    /// Whose its time is.
    pub time: Time,
    /// The events it can run from.
    pub events: &'static [Event],
}

const fn duty(act: &'static str, events: &'static [Event]) -> Term {
    Term { act, time: Time::Duty, events }
}

const fn right(act: &'static str, events: &'static [Event]) -> Term {
    Term { act, time: Time::Right, events }
}

const SERVICE: &[Event] = &[
    Event::ServiceReceived,
    Event::CaseAccepted,
    Event::CaseCompleted,
    Event::AcceptedOrCompleted,
];
const RATING: &[Event] = &[Event::RatingReceived];
const HANDLING: &[Event] = &[Event::RatingReceived, Event::FoundTrue];

/// Every act with a deadline, each once.
pub const TERMS: [Term; 15] = [
    right("rating_window", SERVICE),
    duty("text_review", RATING),
    duty("start_handling", RATING),
    duty("dispatch", RATING),
    duty("first_contact", RATING),
    duty("fix_clear", HANDLING),
    duty("feed_back_clear", HANDLING),
    duty("fix_simple", HANDLING),
    duty("feed_back_simple", HANDLING),
    duty("fix_complex", HANDLING),
    duty("feed_back_complex", HANDLING),
    duty("follow_up_within", &[Event::TicketClosed]),
    right("appeal", RATING),
    duty("decide_appeal", &[Event::AppealReceived]),
    duty("hotline_dispatch", &[Event::ComplaintReceived]),
];

impl Profile {
    /// Every deadline the profile sets, in the order of [`TERMS`].
    pub fn deadlines(&self) -> impl Iterator<Item = &Ruled<DeadlineRule>> {
        TERMS.iter().filter_map(|term| self.ruled_deadline(term.act))
    }

    /// The deadline that limits an act, by the act's name.
    #[must_use]
    pub fn deadline(&self, act: &str) -> Option<&DeadlineRule> {
        self.ruled_deadline(act).map(|ruled| &ruled.value)
    }

    /// The same with the layer that set it.
    #[must_use]
    pub fn ruled_deadline(&self, act: &str) -> Option<&Ruled<DeadlineRule>> {
        match act {
            "rating_window" => self.rating_window.as_ref(),
            "text_review" => self.text_review.as_ref(),
            "start_handling" => self.start_handling.as_ref(),
            "dispatch" => self.dispatch.as_ref(),
            "first_contact" => self.first_contact.as_ref(),
            "fix_clear" => self.fix_clear.as_ref(),
            "feed_back_clear" => self.feed_back_clear.as_ref(),
            "fix_simple" => self.fix_simple.as_ref(),
            "feed_back_simple" => self.feed_back_simple.as_ref(),
            "fix_complex" => self.fix_complex.as_ref(),
            "feed_back_complex" => self.feed_back_complex.as_ref(),
            "follow_up_within" => self.follow_up_within.as_ref(),
            "appeal" => self.appeal.as_ref(),
            "decide_appeal" => self.decide_appeal.as_ref(),
            "hotline_dispatch" => self.hotline_dispatch.as_ref(),
            _ => None,
        }
    }
}
