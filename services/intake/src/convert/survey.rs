//! Surveys.

use domain::{
    profile::Percent,
    review::DayRange,
    survey_plan::{AssessmentMethod, Direction, SampleRule, SamplingMethod, Size},
    violation::Violations,
};
use jiff::civil::Date;
use prost::Message;
use proto::intake::v1::{self as wire, SurveyRule, survey_rule};
use uuid::Uuid;

use super::days;

/// What a call-back heard, as sealed in `call_back.words`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CallBackWords {
    /// What the rater said.
    #[prost(string, tag = "1")]
    pub(crate) words: String,
    /// The problem they reported.
    #[prost(string, tag = "2")]
    pub(crate) problem: String,
}

/// How raters are asked.
pub(crate) const METHODS: [(wire::SurveyMethod, SamplingMethod); 3] = [
    (wire::SurveyMethod::SampledCallBack, SamplingMethod::SampledCallBack),
    (wire::SurveyMethod::SampledCallBackByHotline, SamplingMethod::SampledCallBackByHotline),
    (wire::SurveyMethod::SampledThirdParty, SamplingMethod::SampledThirdParty),
];

/// What a survey is directed at.
pub(crate) const DIRECTIONS: [(wire::SurveyDirection, Direction); 4] = [
    (wire::SurveyDirection::NewPolicy, Direction::NewPolicy),
    (wire::SurveyDirection::NewItem, Direction::NewItem),
    (wire::SurveyDirection::KeyItem, Direction::KeyItem),
    (wire::SurveyDirection::Concentrated, Direction::Concentrated),
];

/// How an assessment was made.
pub(crate) const ASSESSMENTS: [(wire::AssessmentMethod, AssessmentMethod); 4] = [
    (wire::AssessmentMethod::CovertVisit, AssessmentMethod::CovertVisit),
    (wire::AssessmentMethod::Phone, AssessmentMethod::Phone),
    (wire::AssessmentMethod::Thematic, AssessmentMethod::Thematic),
    (wire::AssessmentMethod::Appraisal, AssessmentMethod::Appraisal),
];

/// A survey's identity, or nothing and a note of what is wrong with it.
pub(crate) fn survey_id(wrong: &mut Violations, id: &str) -> Uuid {
    let id = wrong.take("survey_id", id.parse::<Uuid>().map_err(|_| "is no UUID"));
    id.unwrap_or_default()
}

/// A rule from the wire; a missing part is noted and replaced.
pub(crate) fn to_rule(
    wrong: &mut Violations,
    rule: &SurveyRule,
    region: Option<String>,
    today: Date,
) -> SampleRule {
    let served = days(wrong, "rule.served", rule.served.as_ref());
    let size = match rule.size {
        Some(survey_rule::Size::Count(count)) => Some(Size::Count(count)),
        Some(survey_rule::Size::Percent(percent)) => {
            wrong.take("rule.percent", Percent::try_from(percent)).map(Size::Percent)
        }
        None => wrong.take("rule.size", Err("is missing")),
    };
    SampleRule {
        region_code: region.unwrap_or_default(),
        served: served.unwrap_or(DayRange { from: today, to: today }),
        item_codes: rule.item_codes.clone(),
        agency_ids: rule.agency_ids.clone(),
        only_negative: rule.only_negative,
        size: size.unwrap_or(Size::Percent(Percent::ALL)),
    }
}
