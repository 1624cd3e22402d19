//! The shared parts of several RPCs, in the room of their noun.

pub(crate) mod appeal;
pub(crate) mod document;
pub(crate) mod focus;
pub(crate) mod ledger;
pub(crate) mod notice;
pub(crate) mod restricted;
pub(crate) mod text_review;
pub(crate) mod ticket;
