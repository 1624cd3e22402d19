//! One RPC, one file: decode → load → decide in `domain` → store → encode; tests at the foot.

pub(crate) mod complete_case;
pub(crate) mod draw_sample;
pub(crate) mod enter_paper_forms;
pub(crate) mod get_permission;
pub(crate) mod get_person;
pub(crate) mod get_rating;
pub(crate) mod get_survey;
pub(crate) mod get_window_code;
pub(crate) mod import_ratings;
pub(crate) mod list_assessments;
pub(crate) mod list_audit;
pub(crate) mod list_messages;
pub(crate) mod list_my_cases;
pub(crate) mod list_population;
pub(crate) mod list_ratings;
pub(crate) mod list_review_summaries;
pub(crate) mod list_reviews;
pub(crate) mod list_sample;
pub(crate) mod list_sample_for_third_party;
pub(crate) mod plan_survey;
pub(crate) mod publish_review_summary;
pub(crate) mod push_case;
pub(crate) mod push_cases;
pub(crate) mod receive_reply;
pub(crate) mod record_assessment;
pub(crate) mod record_call_back;
pub(crate) mod record_permission;
pub(crate) mod record_review;
pub(crate) mod resolve_invitation;
pub(crate) mod retry_message;
pub(crate) mod reveal_person;
pub(crate) mod scan_window_code;
pub(crate) mod submit_application;
pub(crate) mod submit_rating;
pub(crate) mod submit_review;
pub(crate) mod summarize_reviews;
pub(crate) mod watch_case;
pub(crate) mod watch_window;

#[cfg(test)]
pub(crate) mod testing;
