//! The review of what negative ratings say (文字评价审核).

pub(crate) mod get_text_review;
pub(crate) mod list_text_reviews;
pub(crate) mod review_text;
pub(crate) mod take_down_text;

#[cfg(test)]
pub(crate) mod testing;
