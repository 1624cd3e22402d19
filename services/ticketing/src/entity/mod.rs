//! The tables of this service.

pub(crate) mod focus_count;
pub(crate) mod focus_effect;
pub(crate) mod focus_excluded;
pub(crate) mod focus_rating;
pub(crate) mod focus_record;
pub(crate) mod focus_step;
pub(crate) mod misconduct_transfer;
pub(crate) mod restricted_look;
pub(crate) mod restricted_matter;
pub(crate) mod restricted_step;
pub(crate) mod ticket;
pub(crate) mod ticket_deadline;
pub(crate) mod ticket_effect;
pub(crate) mod ticket_part;
pub(crate) mod ticket_rating;
pub(crate) mod ticket_step;
