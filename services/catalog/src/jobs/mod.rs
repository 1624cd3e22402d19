//! What this service does by itself. Each job can run twice without harm.

mod documents;
pub mod follow;
pub mod load_region;
pub(crate) mod publish;
pub mod region_file;
pub(crate) mod subject;
pub(crate) mod transfer;
