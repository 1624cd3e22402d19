//! The RPCs of `ReviewService`.

pub(crate) mod list_review_summaries;
pub(crate) mod list_reviews;
pub(crate) mod publish_review_summary;
pub(crate) mod record_review;
pub(crate) mod submit_review;
pub(crate) mod summarize_reviews;
