//! What this service does on its own.

pub mod commit_ratings;
pub(crate) mod devices;
pub(crate) mod invite;
pub(crate) mod matters;
pub(crate) mod my_acts;
pub mod notifier;
pub(crate) mod record_ratings;
pub mod reseal;
pub mod send_messages;
pub mod sweep_defaults;
pub(crate) mod take_in;
pub(crate) mod unknown;
pub(crate) mod wake;

#[cfg(test)]
pub(crate) mod testing;
