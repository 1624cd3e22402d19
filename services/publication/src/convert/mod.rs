//! Wire and rows to domain and back, where `platform::convert` does not already do it.

pub(crate) mod appraisal;
pub(crate) mod disclosure;
pub(crate) mod exchange;
pub(crate) mod statistics;
pub(crate) mod transparency;
