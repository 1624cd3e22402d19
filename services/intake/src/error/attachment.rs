//! What has attachments. Refusals about an attachment itself are those of every document.

use platform::status::Refusal;
use tonic::Code;

/// Refusals about what an attachment belongs to.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// The rating was not entered from a paper form of its own.
    #[error("the rating was not entered from a paper form of its own")]
    NoPaperForm,
    /// No such assessment, or not the caller's.
    #[error("there is no such assessment")]
    AssessmentNotFound,
}

impl AttachmentError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NoPaperForm => {
                let zh = "该评价不是由纸质评价表录入的，没有可附的扫描件。";
                refuse(Code::FailedPrecondition, "NO_PAPER_FORM", zh)
            }
            Self::AssessmentNotFound => {
                refuse(Code::NotFound, "ASSESSMENT_NOT_FOUND", "没有该第三方评估。")
            }
        }
    }
}
