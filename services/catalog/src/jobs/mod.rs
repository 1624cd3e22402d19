//! What this service does by itself. Each job can run twice without harm.

pub mod follow;
pub mod load_region;
pub mod measure;
pub mod watch_terminals;
