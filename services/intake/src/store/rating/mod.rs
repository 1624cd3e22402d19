//! Ratings, and what follows from them.

pub(crate) mod at_window;
pub(crate) mod batches;
pub(crate) mod defaults;
pub(crate) mod handlings;
pub(crate) mod outcomes;
pub(crate) mod ratings;
pub(crate) mod submit;
pub(crate) mod words;
