//! Wire and rows to domain and back, where `platform::convert` does not already say it.

pub(crate) mod ticket;
