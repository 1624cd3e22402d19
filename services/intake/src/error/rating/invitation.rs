//! The invitation that a rating is given by.

use platform::{auth::Forged, status::Refusal};
use tonic::Code;

/// Refusals about an invitation.
#[derive(Debug, thiserror::Error)]
pub enum InvitationError {
    /// This deployment did not make the token.
    #[error(transparent)]
    Forged(#[from] Forged),
    /// This deployment made the token, but its act is not here.
    #[error("there is no such invitation")]
    NotFound,
    /// A citizen known by name holds someone else's invitation.
    #[error("the invitation is another applicant's")]
    OfAnother,
}

impl InvitationError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::Forged(_) => {
                let zh = "评价链接无效，请核对后重试。";
                refuse(Code::Unauthenticated, "INVITATION_FORGED", zh)
            }
            Self::NotFound => refuse(Code::NotFound, "INVITATION_NOT_FOUND", "没有该评价邀请。"),
            Self::OfAnother => {
                let zh = "该评价邀请属于另一位办事人。";
                refuse(Code::FailedPrecondition, "INVITATION_OF_ANOTHER", zh)
            }
        }
    }
}
