//! The tables of this service.

pub(crate) mod notice;
pub(crate) mod ticket;
pub(crate) mod ticket_deadline;
pub(crate) mod ticket_effect;
pub(crate) mod ticket_part;
pub(crate) mod ticket_rating;
pub(crate) mod ticket_step;
