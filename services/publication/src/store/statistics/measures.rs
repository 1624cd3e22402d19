//! What is counted: one row a measure.

use proto::{
    publication::v1::TicketCounts,
    r#type::v1::{Finding, ServiceAct, TicketState},
};

use crate::entity::{column::column, ticket};

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i16)]
pub(crate) enum Measure {
    /// Effective ratings, by the day they were given; a default one by its window's last day.
    Rated = 1,
    /// Service acts offered a rating, by the day of the offer.
    Offered = 2,
    /// Service acts offered a rating that their rater gave one, by the day of the offer.
    Participated = 3,
    /// Tickets opened; this and all the following by the day of opening.
    TicketOpened = 4,
    /// Tickets fed back as rectified or explained.
    TicketFedBack = 5,
    /// Of those fed back, the ones in which something was put right.
    TicketRectified = 6,
    /// Tickets that are closed.
    TicketClosed = 7,
    /// Tickets whose rater is satisfied.
    TicketConfirmed = 8,
    /// Tickets that are a relapse of another.
    TicketRelapsed = 9,
    /// Tickets that missed a deadline.
    TicketLate = 10,
    /// Of the effective ratings, those of which a mean over window staff is made (P01).
    RatedByStaff = 11,
    /// Tickets fed back that missed no deadline.
    TicketOnTime = 12,
    /// Tickets that were closed and then due for a follow-up, whatever came later.
    TicketDueForFollowUp = 13,
    /// Tickets in which the rater was reached by a follow-up.
    TicketFollowedUp = 14,
    /// Tickets of negative ratings whose rater is known by name.
    TicketRealName = 15,
    /// Of those, the ones both followed up and fed back.
    TicketRealNameHandled = 16,
    /// Of the tickets due for a follow-up, the ones followed up.
    TicketDueFollowedUp = 17,
    /// Effective ratings of robots, by region alone (S07); they are in no other count.
    RatedByRobot = 18,
}

impl Measure {
    /// All of them.
    const ALL: [Self; 18] = [
        Self::Rated,
        Self::Offered,
        Self::Participated,
        Self::TicketOpened,
        Self::TicketFedBack,
        Self::TicketRectified,
        Self::TicketClosed,
        Self::TicketConfirmed,
        Self::TicketRelapsed,
        Self::TicketLate,
        Self::RatedByStaff,
        Self::TicketOnTime,
        Self::TicketDueForFollowUp,
        Self::TicketFollowedUp,
        Self::TicketRealName,
        Self::TicketRealNameHandled,
        Self::TicketDueFollowedUp,
        Self::RatedByRobot,
    ];
}

/// The name of a measure by its number, for operators.
pub(crate) fn name(measure: i16) -> String {
    let known = Measure::ALL.into_iter().find(|known| *known as i16 == measure);
    known.map_or_else(|| format!("measure {measure}"), |known| format!("{known:?}"))
}

/// What is counted of acts: of intake's facts and of exclusions.
pub(crate) const OF_ACTS: [Measure; 5] = [
    Measure::Rated,
    Measure::RatedByStaff,
    Measure::Offered,
    Measure::Participated,
    Measure::RatedByRobot,
];

/// What is counted of an effective rating, and of which acts.
pub(crate) type OfRating = (Measure, fn(&ServiceAct) -> bool);

/// All of it.
pub(crate) const OF_RATINGS: [OfRating; 2] = [
    (Measure::Rated, |_| true),
    // What a member of window staff was given directly (GX4), and the composite rating of a package,
    // which enters the score of all that had a part (GX10).
    (Measure::RatedByStaff, |act| !act.staff_id.is_empty() || !act.involved.is_empty()),
];

/// What is counted of a ticket: when it holds, and where an answer has it.
pub(crate) struct OfTicket {
    pub(crate) measure: Measure,
    pub(crate) holds: fn(&ticket::Model) -> bool,
    pub(crate) into: fn(&mut TicketCounts) -> &mut u64,
}

macro_rules! of_ticket {
    ($measure:ident, $into:ident, $holds:expr) => {
        OfTicket { measure: Measure::$measure, holds: $holds, into: |counts| &mut counts.$into }
    };
}

/// All of it.
pub(crate) const OF_TICKETS: [OfTicket; 13] = [
    of_ticket!(TicketOpened, opened, |_| true),
    of_ticket!(TicketFedBack, fed_back, |row| row.fed_back),
    of_ticket!(TicketRectified, rectified, |row| row.fed_back && !is_explained(row)),
    of_ticket!(TicketClosed, closed, is_closed),
    of_ticket!(TicketConfirmed, confirmed, |row| is(row, TicketState::Confirmed)),
    of_ticket!(TicketRelapsed, relapsed, |row| row.relapsed),
    of_ticket!(TicketLate, late, |row| row.late),
    of_ticket!(TicketOnTime, on_time, |row| row.fed_back && !row.late),
    of_ticket!(TicketDueForFollowUp, due_for_follow_up, |row| row.follow_up_due),
    of_ticket!(TicketFollowedUp, followed_up, |row| row.followed_up),
    of_ticket!(TicketRealName, real_name, is_real_name),
    of_ticket!(TicketRealNameHandled, real_name_handled, |row| {
        is_real_name(row) && row.followed_up && row.fed_back
    }),
    of_ticket!(TicketDueFollowedUp, due_followed_up, |row| row.follow_up_due && row.followed_up),
];

/// Whether a ticket counts at all. What is excluded counts nowhere, and what is linked counts where
/// the matter is handled.
pub(crate) fn counts(row: &ticket::Model) -> bool {
    let nowhere = [TicketState::Annulled, TicketState::Excluded, TicketState::Linked];
    !row.waits && !row.excluded && !nowhere.into_iter().any(|state| is(row, state))
}

fn is(row: &ticket::Model, state: TicketState) -> bool {
    row.state == column(state.into())
}

fn is_closed(row: &ticket::Model) -> bool {
    is(row, TicketState::Closed) || is(row, TicketState::Confirmed)
}

fn is_explained(row: &ticket::Model) -> bool {
    row.finding == column(Finding::NoLegalBasis.into())
}

fn is_real_name(row: &ticket::Model) -> bool {
    row.real_name && row.rating_id.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_has_its_row_once() {
        let of_tickets = OF_TICKETS.iter().map(|row| row.measure);
        let mut all: Vec<Measure> = OF_ACTS.into_iter().chain(of_tickets).collect();
        all.sort_unstable();
        assert_eq!(all, Measure::ALL, "a forgotten one would stay when all is counted anew");
    }
}
