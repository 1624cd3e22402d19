//! Refusals about the review of texts.

use domain::text_review::TextRefusal;
use platform::status::Refusal;
use tonic::{Code, Status};

/// What can go wrong with the review of a text.
#[derive(Debug, thiserror::Error)]
pub enum TextReviewError {
    /// No such review, or outside the caller's reach.
    #[error("there is no such review of a text")]
    NotFound,
    /// It is decided, by a person or by silence.
    #[error(transparent)]
    Refused(#[from] TextRefusal),
    /// Whoever is rated does not judge what is said of them.
    #[error("a text is not reviewed by whoever is rated")]
    Rated,
}

impl TextReviewError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NotFound => {
                refuse(Code::NotFound, "TEXT_REVIEW_NOT_FOUND", "没有该项文字评价审核。")
            }
            Self::Refused(TextRefusal::Reviewed) => {
                refuse(Code::FailedPrecondition, "TEXT_REVIEWED", "该文字评价已经审核。")
            }
            Self::Refused(TextRefusal::Lapsed) => {
                let zh = "该文字评价超过审核时限未审核，视为同意。";
                refuse(Code::FailedPrecondition, "TEXT_REVIEW_LAPSED", zh)
            }
            Self::Refused(TextRefusal::NotShown) => {
                let zh = "该文字评价未通过审核，没有公开，无需撤下。";
                refuse(Code::FailedPrecondition, "TEXT_NOT_SHOWN", zh)
            }
            Self::Refused(TextRefusal::StaysUp) => {
                let zh = "已经公开的文字评价，只有依法不得公开的（个人信息、违法信息）才能撤下。";
                refuse(Code::FailedPrecondition, "TEXT_STAYS_UP", zh)
            }
            Self::Rated => {
                let zh = "被评价人员不得审核针对本人的文字评价。";
                refuse(Code::PermissionDenied, "RATED_STAFF_MEMBER", zh)
            }
        }
        .into()
    }
}
