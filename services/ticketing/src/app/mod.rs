//! The shared parts of several RPCs, in the room of their noun.

pub(crate) mod appeal;
pub(crate) mod text_review;
pub(crate) mod ledger;
pub(crate) mod ticket;
