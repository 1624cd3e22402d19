//! Messages to raters.

pub(crate) mod invited;
pub(crate) mod messages;
