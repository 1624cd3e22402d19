//! What several RPCs and jobs do alike, in the rooms of their nouns.

pub(crate) mod catalog;
pub(crate) mod change;
pub(crate) mod transfer;
