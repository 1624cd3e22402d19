//! What is disclosed (公开).

pub(crate) mod list_excluded_ratings;
pub(crate) mod list_outcomes;

#[cfg(test)]
pub(crate) mod testing;
