//! Verbs that several RPCs or commands share, in the rooms of their nouns.

pub(crate) mod disclosure;
pub(crate) mod statistics;
pub(crate) mod transparency;
