//! Verbs that several RPCs or commands share, in the rooms of their nouns.

pub(crate) mod appraisal;
pub(crate) mod bulletin;
pub(crate) mod disclosure;
pub(crate) mod exchange;
pub(crate) mod pain_point;
pub(crate) mod ranking;
pub(crate) mod statistics;
pub(crate) mod transparency;
