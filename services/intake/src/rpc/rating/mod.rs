//! The RPCs of `RatingService`.

pub(crate) mod answer_follow_up;
pub(crate) mod enter_paper_forms;
pub(crate) mod get_rating;
pub(crate) mod get_receipt;
pub(crate) mod get_window_code;
pub(crate) mod import_ratings;
pub(crate) mod list_published_words;
pub(crate) mod list_ratings;
pub(crate) mod look_up_receipt;
pub(crate) mod receive_reply;
pub(crate) mod resolve_invitation;
pub(crate) mod scan_window_code;
pub(crate) mod submit_rating;
pub(crate) mod watch_window;
