//! A ticket whose rating counts again after it did not.

use jiff::Timestamp;

use super::{Law, Ticket, TicketState};
use crate::{
    calendar::{Calendar, OutOfRange},
    profile::Profile,
};

impl Ticket {
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
