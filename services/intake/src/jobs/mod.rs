//! What this service does on its own.

pub mod commit_ratings;
pub mod reseal;
pub mod send_messages;
pub mod sweep_defaults;

#[cfg(test)]
pub(crate) mod testing;
