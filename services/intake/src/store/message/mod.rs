//! Messages to raters, and data about the phones that answer.

pub(crate) mod invited;
pub(crate) mod messages;
