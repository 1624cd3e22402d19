//! What this service does on its own.

pub mod reseal;
