//! What this service does of its own accord, each idempotent.

pub mod follow;
pub mod load_region;
