//! Work started by clock and store, and nothing else: no RPC calls in here. The queue of ratings is
//! in `state`; the job that empties it is here.

pub mod check_log;
pub mod commit_ratings;
pub mod find_signals;
pub mod measure;
pub mod recompute_windows;
pub mod reseal;
pub mod send_messages;
pub mod sweep_defaults;

#[cfg(test)]
pub(crate) mod testing;
