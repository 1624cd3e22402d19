//! What is open to everybody, and what is not.

pub(crate) mod exclusions;
pub(crate) mod withheld;
