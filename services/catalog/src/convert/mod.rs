//! Wire to domain and back, where `platform::convert` does not already do it.

pub(crate) mod change;
pub(crate) mod organization;
pub(crate) mod policy;
pub(crate) mod terminal;
