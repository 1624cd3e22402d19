//! Verbs that several RPCs share.

pub(crate) mod transparency;
