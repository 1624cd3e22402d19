//! The tables of this service.

pub(crate) mod assessment;
pub(crate) mod batch_rating;
pub(crate) mod call_back;
pub(crate) mod case_file;
pub(crate) mod case_step;
pub(crate) mod follow_up_answer;
pub(crate) mod former_applicant;
pub(crate) mod handling;
pub(crate) mod look;
pub(crate) mod message;
pub(crate) mod opt_out;
pub(crate) mod outcome;
pub(crate) mod permission;
pub(crate) mod rating;
pub(crate) mod reply_sign;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod review_day;
pub(crate) mod review_summary;
pub(crate) mod service_act;
pub(crate) mod signal;
pub(crate) mod signal_day;
pub(crate) mod signal_judgement;
pub(crate) mod survey;
pub(crate) mod survey_act;
pub(crate) mod words_verdict;
