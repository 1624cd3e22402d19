//! The shared parts of several RPCs, in the room of their noun.

pub(crate) mod ledger;
pub(crate) mod ticket;
