//! The RPCs of `SurveyService`.

pub(crate) mod draw_sample;
pub(crate) mod get_survey;
pub(crate) mod list_assessments;
pub(crate) mod list_population;
pub(crate) mod list_sample;
pub(crate) mod list_sample_for_third_party;
pub(crate) mod plan_survey;
pub(crate) mod record_assessment;
pub(crate) mod record_call_back;
