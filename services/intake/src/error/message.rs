//! Messages that were not sent.

use platform::status::Refusal;
use tonic::Code;

/// Refusals about a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// No such message, or not of the caller's region.
    #[error("there is no such message")]
    NotFound,
    /// It waits, was sent, or is not wanted any more.
    #[error("the message did not fail: there is nothing to send again")]
    NotDead,
}

impl MessageError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NotFound => refuse(Code::NotFound, "MESSAGE_NOT_FOUND", "没有该短信。"),
            Self::NotDead => {
                let zh = "该短信并未发送失败，不需要重新发送。";
                refuse(Code::FailedPrecondition, "MESSAGE_NOT_DEAD", zh)
            }
        }
    }
}
