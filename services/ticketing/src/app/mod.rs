//! What several RPCs do alike, in the room of its noun.

pub(crate) mod ticket;
