//! All SQL of this service, in the room of its noun.

pub(crate) mod appeal;
pub(crate) mod document;
pub(crate) mod focus;
pub(crate) mod ledger;
pub(crate) mod notice;
pub(crate) mod restricted;
pub(crate) mod text_review;
pub(crate) mod ticket;
