//! What this service does on its own.

pub mod commit_ratings;
pub(crate) mod devices;
pub(crate) mod my_acts;
pub(crate) mod record_ratings;
pub mod reseal;
pub(crate) mod take_in;
pub(crate) mod wake;
