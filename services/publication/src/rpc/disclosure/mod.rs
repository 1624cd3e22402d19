//! What is disclosed (公开).

pub(crate) mod list_excluded_ratings;
pub(crate) mod list_outcomes;
pub(crate) mod list_published_ratings;
pub(crate) mod summarize_exclusions;

#[cfg(test)]
pub(crate) mod testing;
