//! Reports of retaliation, obstruction or a leak.

use std::time::Duration;

use platform::status::Refusal;
use tonic::Code;

/// Refusals about a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no such unit, or it serves nobody.
    #[error("there is no such unit")]
    NoUnit,
    /// This deployment did not make the receipt.
    #[error("the receipt is forged or damaged")]
    ReceiptForged,
    /// This deployment made the receipt, but its report is not here.
    #[error("there is no such report")]
    NotFound,
    /// More reports than are accepted in a day.
    #[error("too many reports within a day")]
    TooMany {
        /// When one is accepted again.
        again_in: Duration,
    },
}

impl ReportError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NoUnit => {
                let zh = "没有该单位，请核对被举报单位。";
                refuse(Code::NotFound, "ACCUSED_NOT_FOUND", zh)
            }
            Self::ReceiptForged => {
                refuse(Code::Unauthenticated, "RECEIPT_FORGED", "举报回执无效，请核对后重试。")
            }
            Self::NotFound => refuse(Code::NotFound, "REPORT_NOT_FOUND", "没有该举报。"),
            Self::TooMany { again_in } => {
                let zh = "您一天内提交的举报已达上限，已提交的均会受理，请明日再试。";
                refuse(Code::ResourceExhausted, "TOO_MANY_REPORTS", zh).retry_after(again_in)
            }
        }
    }
}
