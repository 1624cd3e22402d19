//! What this service does on its own.

pub mod load_region;
pub mod region_file;
