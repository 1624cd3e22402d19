//! A ticket that nobody takes.

use jiff::Timestamp;

use super::{Due, Group, Ticket, TicketState};
use crate::{
    calendar::{Calendar, OutOfRange},
    deadline::{DayUnit, Deadline, DeadlineRule},
};

/// What an escalation says of a ticket that nobody took, where the document gives that no deadline.
pub const NOBODY_TOOK_IT: &str = "nobody_took_it";
/// After how many working days it is said: ours, those documents name no number.
const DAYS_TO_BE_TAKEN: u32 = 1;

impl Ticket {
    /// Since when it waits for somebody to take it, if that is nobody's deadline: whoever is to pass
    /// it on or to begin is told by the deadline that limits that.
    #[must_use]
    pub fn waits_since(&self) -> Option<Timestamp> {
        let waits = matches!(self.state, TicketState::Received | TicketState::Opened);
        let limited = || {
            let begins = |due: &Due| due.is_of(Group::Dispatch) || due.is_of(Group::Start);
            self.dues.running().any(begins)
        };
        (waits && self.assignee.is_none() && !limited()).then_some(self.clock_started_at)
    }

    /// When it counts as taken by nobody ([`NOBODY_TOOK_IT`]), if it waits since then: a working day
    /// after.
    ///
    /// # Errors
    /// [`OutOfRange`] if that reaches a year without a known calendar.
    pub fn nobody_by(since: Timestamp, calendar: &Calendar) -> Result<Deadline, OutOfRange> {
        let rule = DeadlineRule {
            subject: NOBODY_TOOK_IT.to_owned(),
            event: "rating_received".to_owned(),
            days: DAYS_TO_BE_TAKEN,
            unit: DayUnit::Working,
            clause: String::new(),
        };
        rule.due(since, calendar)
    }
}
