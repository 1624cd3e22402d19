//! The shared parts of several RPCs, in the room of their noun.

pub(crate) mod appeal;
pub(crate) mod text_review;
pub(crate) mod ticket;
