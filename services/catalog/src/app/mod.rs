//! The shared parts of several RPCs and jobs, in the rooms of their nouns.

pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod terminal;
pub(crate) mod transfer;
