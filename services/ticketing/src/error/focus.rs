//! Refusals about focus.

use domain::focus::Refusal as FocusRefusal;
use platform::status::{Failure, Refusal};
use tonic::{Code, Status};

/// What can go wrong with key targets, problems and measures about staff.
#[derive(Debug, thiserror::Error)]
pub enum FocusError {
    /// No such record, or outside the caller's reach.
    #[error("there is no such record")]
    NotFound,
    /// No such object in the caller's region, or none that can be one.
    #[error("there is no such object in this region")]
    NoObject,
    /// The law or the state refuses the step.
    #[error(transparent)]
    Refused(#[from] FocusRefusal),
    /// The profile makes no key target of such an object.
    #[error("the profile makes no key target of such an object")]
    NoRule,
    /// The figures do not say so; holds the explanation.
    #[error("the figures do not say so")]
    NotConcentrated(String),
    /// There is an open one about the same.
    #[error("there is an open one about the same")]
    AlreadyOpen,
    /// The tickets do not carry it.
    #[error("the tickets do not carry it: {0}")]
    Unfounded(&'static str),
    /// Somebody has decided about the proposal.
    #[error("the proposal is decided")]
    ProposalDecided,
    /// Someone else's step came first.
    #[error("the record was changed meanwhile")]
    Changed,
    /// The catalog's facts have not arrived yet.
    #[error("{0} is not known here yet")]
    NotKnownYet(&'static str),
}

impl FocusError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "FOCUS_NOT_FOUND", "没有该记录。").into(),
            Self::NoObject => {
                refuse(Code::NotFound, "OBJECT_NOT_FOUND", "本地区没有该对象。").into()
            }
            Self::Refused(FocusRefusal::Malformed(violations)) => {
                Failure::Invalid(violations).into()
            }
            Self::Refused(FocusRefusal::State { from, command, zh }) => {
                refuse(Code::FailedPrecondition, "FOCUS_STATE_REFUSES", zh)
                    .with("from", from)
                    .with("step", command)
                    .into()
            }
            Self::Refused(FocusRefusal::Office { .. }) => {
                let zh = "此操作由另一单位办理。";
                refuse(Code::PermissionDenied, "ANOTHER_OFFICES_STEP", zh).into()
            }
            Self::Refused(FocusRefusal::Concerned { .. }) => {
                let zh = "当事人员不得参与涉及本人的办理。";
                refuse(Code::PermissionDenied, "CONCERNED_STAFF_MEMBER", zh).into()
            }
            Self::NoRule => {
                let zh = "本地区的规定未将此类对象列为重点测评对象。";
                refuse(Code::FailedPrecondition, "PROFILE_HAS_NO_KEY_TARGETS", zh).into()
            }
            Self::NotConcentrated(zh) => {
                refuse(Code::FailedPrecondition, "NOT_CONCENTRATED", &zh).into()
            }
            Self::AlreadyOpen => {
                let zh = "该对象已有未结束的记录。";
                refuse(Code::FailedPrecondition, "FOCUS_ALREADY_OPEN", zh).into()
            }
            Self::Unfounded(zh) => {
                refuse(Code::FailedPrecondition, "FINDINGS_NOT_VERIFIED", zh).into()
            }
            Self::ProposalDecided => {
                let zh = "该提议已作决定，不再更改。";
                refuse(Code::FailedPrecondition, "PROPOSAL_DECIDED", zh).into()
            }
            Self::Changed => {
                let zh = "记录刚刚被他人更改，请刷新后重试。";
                refuse(Code::Aborted, "FOCUS_CHANGED", zh).into()
            }
            Self::NotKnownYet(_) => {
                let zh = "资料正在同步，请稍后再试。";
                refuse(Code::Unavailable, "CATALOG_NOT_KNOWN_YET", zh).retry().into()
            }
        }
    }
}
