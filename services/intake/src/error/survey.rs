//! Surveys and their samples.

use domain::survey_plan::NotOver;
use platform::status::Refusal;
use tonic::Code;

/// Refusals about a survey.
#[derive(Debug, thiserror::Error)]
pub enum SurveyError {
    /// No such survey, or not the caller's.
    #[error("there is no such survey")]
    NotFound,
    /// Its sample was not drawn yet.
    #[error("the survey's sample is not drawn yet")]
    NotDrawn,
    /// Its sample cannot be drawn yet.
    #[error(transparent)]
    NotOver(#[from] NotOver),
    /// There is nobody to draw from.
    #[error("the survey's rule finds no rating to draw from")]
    PopulationEmpty,
    /// The rater's data may not go to the third party that called (S05).
    #[error("the rater's data may not go to a third party")]
    NotPermitted,
    /// The act is not in the sample.
    #[error("the survey's sample has no such act")]
    ActNotDrawn,
    /// The survey was not commissioned from that organisation (S05).
    #[error("the survey was not commissioned from that organisation")]
    NotCommissioned,
}

impl SurveyError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "SURVEY_NOT_FOUND", "没有该监督查评。"),
            Self::NotDrawn => {
                let zh = "该监督查评尚未抽取样本。";
                refuse(Code::FailedPrecondition, "SURVEY_NOT_DRAWN", zh)
            }
            Self::NotOver(not_over) => {
                let zh = format!("办件期间至{}止，期满后方可抽取样本。", not_over.to);
                refuse(Code::FailedPrecondition, "SURVEY_PERIOD_NOT_OVER", &zh)
                    .with("to", not_over.to)
            }
            Self::ActNotDrawn => {
                refuse(Code::NotFound, "ACT_NOT_DRAWN", "样本中没有该次服务，请核对。")
            }
            Self::PopulationEmpty => {
                let zh = "符合条件的评价为零，无法抽取样本。";
                refuse(Code::FailedPrecondition, "POPULATION_EMPTY", zh)
            }
            Self::NotPermitted => {
                let zh = "未经评价人许可或依规定不得向第三方提供评价人信息，该回访不予登记。";
                refuse(Code::FailedPrecondition, "NOT_PERMITTED", zh)
            }
            Self::NotCommissioned => {
                let zh = "该监督查评未委托该机构。";
                refuse(Code::FailedPrecondition, "NOT_COMMISSIONED", zh)
            }
        }
    }
}
