//! What this service does by itself, by clock and store and nothing else.

pub mod check_log;
pub mod draft_bulletins;
pub mod measure;
pub mod push_national;
pub mod push_upward;
pub mod sign_heads;
pub mod watch_fold;
pub mod watch_log;
