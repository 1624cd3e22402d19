//! The shared parts of several RPCs, in the room of their noun.

pub(crate) mod notice;
pub(crate) mod ticket;
