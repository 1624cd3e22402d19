//! What this service does on its own.

pub mod commit_ratings;
