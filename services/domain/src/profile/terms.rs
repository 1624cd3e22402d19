//! The subjects that a profile can set a deadline for: the events each may run from, and whether
//! the time binds someone or belongs to someone.

use serde::Deserialize;

use super::values::phrases;
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

/// Whose time it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// It binds the office that must act: more of it is looser.
    Duty,
    /// It belongs to the person who may act: less of it is looser.
    Right,
}

/// What a deadline limits.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// Its name, which is the field's in a profile.
    pub subject: &'static str,
    /// Whose time it is.
    pub time: Time,
    /// The events it can run from.
    pub events: &'static [Event],
}

/// The events of a service.
pub(super) const SERVICE: &[Event] = &[
    Event::ServiceReceived,
    Event::CaseAccepted,
    Event::CaseCompleted,
    Event::AcceptedOrCompleted,
];
/// A rating comes in.
pub(super) const RATING: &[Event] = &[Event::RatingReceived];
/// A rating comes in, or is found true.
pub(super) const HANDLING: &[Event] = &[Event::RatingReceived, Event::FoundTrue];
