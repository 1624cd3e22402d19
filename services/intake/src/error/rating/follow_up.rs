//! A receipt, and the follow-up that a rater answers.

use std::time::Duration;

use platform::status::Refusal;
use tonic::Code;

/// Refusals about a receipt or a follow-up.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// No rating has this receipt code, or the text is none.
    #[error("there is no such receipt")]
    ReceiptNotFound,
    /// More receipts than are looked up for one caller or network.
    #[error("too many receipts are looked up by this caller or network")]
    TooMany {
        /// When one is looked up again.
        again_in: Duration,
    },
    /// No ticket of the caller's is that one.
    #[error("there is no such ticket of the caller's")]
    TicketNotFound,
    /// There is nothing to answer: the ticket is not closed, or followed up already, or nobody asks.
    #[error("no follow-up of this ticket waits for its rater")]
    NotDue,
    /// The rater said otherwise before.
    #[error("the rater answered this follow-up in another way before")]
    Answered,
}

impl FollowUpError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::ReceiptNotFound => {
                let zh = "没有该回执码，请核对后重试。";
                refuse(Code::NotFound, "RECEIPT_NOT_FOUND", zh)
            }
            Self::TooMany { again_in } => {
                let zh = "查询过于频繁，请稍后再试。";
                refuse(Code::ResourceExhausted, "ASKED_TOO_OFTEN", zh).retry_after(again_in)
            }
            Self::TicketNotFound => {
                refuse(Code::NotFound, "TICKET_NOT_FOUND", "没有您的该差评工单。")
            }
            Self::NotDue => {
                let zh = "该差评工单目前没有待您答复的回访：工单尚未办结，或者回访已经结束。";
                refuse(Code::FailedPrecondition, "FOLLOW_UP_NOT_DUE", zh)
            }
            Self::Answered => {
                let zh = "您已经答复过本次回访，以第一次答复为准。";
                refuse(Code::FailedPrecondition, "FOLLOW_UP_ANSWERED", zh)
            }
        }
    }
}
