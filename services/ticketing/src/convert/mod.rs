//! Wire and rows to domain and back, where `platform::convert` does not already do it.

pub(crate) mod notice;
pub(crate) mod ticket;
