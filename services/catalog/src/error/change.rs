//! Refusals about changes.

use domain::change::StepRefused;
use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with a change.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// No such change, or not the caller's.
    #[error("there is no such change")]
    NotFound,
    /// The state of a change, or the law, refuses a step.
    #[error(transparent)]
    StepRefused(#[from] StepRefused),
}

impl ChangeError {
    pub(super) fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::NotFound => {
                Refusal::new(Code::NotFound, "CHANGE_NOT_FOUND", message, "没有该变更。")
            }
            Self::StepRefused(_) => {
                let zh = "该变更目前不能进行此步骤，请刷新后查看其状态。";
                Refusal::new(Code::FailedPrecondition, "STEP_REFUSED", message, zh)
            }
        }
    }
}
