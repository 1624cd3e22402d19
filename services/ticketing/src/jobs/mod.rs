//! What this service does by itself.

pub mod reseal;
