//! The tables of this service.

pub(crate) mod appeal;
pub(crate) mod exclusion;
pub(crate) mod exclusion_duty;
pub(crate) mod focus_count;
pub(crate) mod focus_effect;
pub(crate) mod focus_excluded;
pub(crate) mod focus_look;
pub(crate) mod focus_matter;
pub(crate) mod focus_proposal;
pub(crate) mod focus_rating;
pub(crate) mod focus_record;
pub(crate) mod focus_step;
pub(crate) mod focus_weighed;
pub(crate) mod follow_up_answer;
pub(crate) mod misconduct_transfer;
pub(crate) mod notice;
pub(crate) mod restricted_look;
pub(crate) mod restricted_matter;
pub(crate) mod restricted_step;
pub(crate) mod text_review;
pub(crate) mod ticket;
pub(crate) mod ticket_deadline;
pub(crate) mod ticket_effect;
pub(crate) mod ticket_part;
pub(crate) mod ticket_rating;
pub(crate) mod ticket_step;

/// A ticket with the rows that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TicketRows {
    pub(crate) ticket: ticket::Model,
    /// In the order of their numbers.
    pub(crate) deadlines: Vec<ticket_deadline::Model>,
    pub(crate) parts: Vec<ticket_part::Model>,
}
