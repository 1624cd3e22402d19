//! Refusals about documents.

use platform::{
    documents::{self, MAX_OF_A_TICKET},
    status::Refusal,
};
use tonic::{Code, Status};

/// What can go wrong with a document.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The ticket has no such document.
    #[error("the ticket has no such document")]
    NotFound,
    /// It was erased.
    #[error("the document was erased")]
    Erased,
    /// The ticket has as many as it may have.
    #[error("the ticket has {MAX_OF_A_TICKET} documents already")]
    TooMany,
    /// It is not of the media type that the sender takes it for.
    #[error("the document is {0}, not what its header says")]
    OtherType(&'static str),
    /// It did not come whole.
    #[error("the document did not come whole: {}", .0.message())]
    Broken(Status),
    /// Its content is refused, or the store of documents fails.
    #[error(transparent)]
    Content(#[from] documents::DocumentError),
}

impl From<documents::Refused> for DocumentError {
    fn from(refused: documents::Refused) -> Self {
        Self::Content(refused.into())
    }
}

impl DocumentError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message, zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "DOCUMENT_NOT_FOUND", "没有该文件。").into(),
            Self::Erased => {
                refuse(Code::FailedPrecondition, "DOCUMENT_ERASED", "该文件已依规删除。").into()
            }
            Self::TooMany => {
                let zh = format!("每个工单最多{MAX_OF_A_TICKET}个文件，该工单已满。");
                let refusal = refuse(Code::FailedPrecondition, "TOO_MANY_DOCUMENTS", &zh);
                refusal.with("limit", MAX_OF_A_TICKET).into()
            }
            Self::OtherType(found) => {
                let zh = "文件内容与所称类型不符，请核对文件。";
                let refusal = refuse(Code::InvalidArgument, "DOCUMENT_KIND_REFUSED", zh);
                refusal.with("found", found).into()
            }
            // The caller's own connection broke, or a bound was reached: it says which.
            Self::Broken(status) => status,
            Self::Content(error) => error.told(),
        }
    }
}
