//! Messages to raters, and what is known of who answers them.

pub(crate) mod invited;
pub(crate) mod messages;
