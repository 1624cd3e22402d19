//! What this service does of its own accord, each idempotent.

mod documents;
pub mod follow;
pub mod load_region;
pub(crate) mod publish;
pub mod region_file;
pub(crate) mod subject;
pub(crate) mod transfer;
