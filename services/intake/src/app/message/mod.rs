//! Messages to raters, and what they answer.

pub(crate) mod invite;
pub(crate) mod matters;
