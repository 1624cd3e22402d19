//! All SQL of this service, in the rooms of its nouns.

pub(crate) mod appraisal;
pub(crate) mod disclosure;
pub(crate) mod exchange;
pub(crate) mod statistics;
pub(crate) mod transparency;
