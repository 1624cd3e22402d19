//! Refusals about restricted matters.

use domain::restricted::RestrictedRefusal;
use platform::status::{Failure, Refusal};
use tonic::{Code, Status};

/// What can go wrong with a restricted matter.
#[derive(Debug, thiserror::Error)]
pub enum RestrictedError {
    /// No such matter, or not for the caller's eyes: the two cannot be told apart.
    #[error("there is no such matter")]
    NotFound,
    /// The accused unit is none of the caller's region.
    #[error("there is no such unit in this region")]
    NoUnit,
    /// The state refuses the step.
    #[error(transparent)]
    Refused(#[from] RestrictedRefusal),
    /// Someone else's step came first.
    #[error("the matter was changed meanwhile")]
    Changed,
}

impl RestrictedError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "RESTRICTED_NOT_FOUND", "没有该事项。").into(),
            Self::NoUnit => refuse(Code::NotFound, "OBJECT_NOT_FOUND", "本地区没有该单位。").into(),
            Self::Refused(RestrictedRefusal::Malformed(violations)) => {
                Failure::Invalid(violations).into()
            }
            Self::Refused(RestrictedRefusal::State { from, command, zh }) => {
                refuse(Code::FailedPrecondition, "RESTRICTED_STATE_REFUSES", zh)
                    .with("from", from)
                    .with("step", command)
                    .into()
            }
            Self::Changed => {
                let zh = "事项刚刚被他人更改，请刷新后重试。";
                refuse(Code::Aborted, "RESTRICTED_CHANGED", zh).into()
            }
        }
    }
}
