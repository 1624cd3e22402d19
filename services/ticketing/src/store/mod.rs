//! All SQL of this service, in the room of its noun.

pub(crate) mod notice;
pub(crate) mod ticket;
