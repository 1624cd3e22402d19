//! Cases, their steps and service acts.

pub(crate) mod acts;
pub(crate) mod cases;
pub(crate) mod watched;
