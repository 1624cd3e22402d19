//! The exchange with a platform of another make, by the national interface in one of its dialects.

pub(crate) mod answer;
pub(crate) mod open;
pub mod seal;
