//! A ticket whose rating counts nowhere any more, or counts again after it did not. Each takes a
//! step of its own on record, as what somebody does does.

use jiff::Timestamp;

use super::{Law, Ticket, TicketState};
use crate::{
    calendar::{Calendar, OutOfRange},
    profile::{ExclusionGround, Profile},
};

impl Ticket {
    /// Ends a ticket when nothing is left that opened it: the service it came from went back to a
    /// history in which that never happened.
    #[must_use]
    pub fn annul(mut self, at: Timestamp) -> Self {
        self.state = TicketState::Annulled;
        self.clock_stopped_at = None;
        self.dues.lapse(at);
        self.sequence += 1;
        self
    }

    /// Ends a ticket whose rating counts nowhere any more, by an appeal or by the text review.
    #[must_use]
    pub fn exclude(mut self, ground: ExclusionGround, at: Timestamp) -> Self {
        self.state = TicketState::Excluded { ground };
        self.clock_stopped_at = None;
        self.dues.lapse(at);
        self.sequence += 1;
        self
    }

    /// Begins an excluded ticket anew when one of its ratings counts again: every negative rating is
    /// answered. While another ticket of the same act is open, that one handles the matter. True if
    /// anything changed.
    ///
    /// # Errors
    /// [`OutOfRange`] if a deadline reaches a year without a known calendar.
    pub fn reinstate(
        &mut self,
        at: Timestamp,
        act_has_open_ticket: bool,
        profile: &Profile,
        calendar: &Calendar,
    ) -> Result<bool, OutOfRange> {
        if !matches!(self.state, TicketState::Excluded { .. }) {
            return Ok(false);
        }
        match act_has_open_ticket {
            true => self.state = TicketState::Linked,
            false => self.begin_again(at, Law { profile, calendar })?,
        }
        self.sequence += 1;
        Ok(true)
    }
}
