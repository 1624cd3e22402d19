//! Cases, their steps and their acts.

pub(crate) mod acts;
pub(crate) mod cases;
pub(crate) mod watched;
pub(crate) mod windows;
