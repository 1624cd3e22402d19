//! The exchange with a platform of another make, by the national interface in one of its dialects.

pub(crate) mod answer;
pub(crate) mod build;
pub(crate) mod client;
pub(crate) mod collect;
pub(crate) mod open;
pub(crate) mod seal;
pub mod state;
pub mod twin;
