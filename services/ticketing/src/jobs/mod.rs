//! What this service does by itself, by clock and store and nothing else.

pub mod measure;
pub mod propose_focus;
pub mod recompute_deadlines;
pub mod reseal;
pub mod send_digests;
pub mod settle_text_reviews;
pub mod watch_deadlines;

#[cfg(test)]
pub(crate) mod testing;
