//! Public reviews.

use std::time::Duration;

use platform::status::Refusal;
use tonic::Code;

/// Refusals about a review.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// A complaint of that number is on record with other content.
    #[error("another complaint was recorded with this original number")]
    OriginalNumberTaken {
        /// That one.
        review_id: uuid::Uuid,
    },
    /// An unknown caller may not ask for a ticket: they could ask for any number.
    #[error("a ticket needs a caller whom the identity platform has identified")]
    TicketNeedsIdentity,
    /// More reviews than are accepted from an unknown caller, or from one citizen in a day.
    #[error("too many reviews from this caller or network")]
    TooMany {
        /// When one is accepted again.
        again_in: Duration,
    },
}

impl ReviewError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::OriginalNumberTaken { review_id } => {
                let zh = "该原编号已登记，且内容不同，请核对。";
                refuse(Code::AlreadyExists, "ORIGINAL_NUMBER_TAKEN", zh)
                    .with("review_id", review_id)
            }
            Self::TicketNeedsIdentity => {
                let zh = "申请转办须先通过统一身份认证登录；匿名点评可不申请转办直接提交。";
                refuse(Code::FailedPrecondition, "TICKET_NEEDS_IDENTITY", zh)
            }
            Self::TooMany { again_in } => {
                let zh = "提交的点评过多，请稍后再试。";
                let refusal = refuse(Code::ResourceExhausted, "TOO_MANY_REVIEWS", zh);
                refusal.retry_after(again_in)
            }
        }
    }
}
