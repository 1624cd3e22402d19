//! All SQL of this service, in the room of its noun.

pub(crate) mod document;
pub(crate) mod ticket;
