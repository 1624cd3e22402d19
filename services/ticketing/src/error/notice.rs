//! Refusals about notices.

use platform::status::Refusal;
use tonic::{Code, Status};

/// What can go wrong with notices.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    /// The officer has more such streams than they need: this one was the oldest.
    #[error("the officer watches through newer streams; this one has ended")]
    WatchedElsewhere,
}

impl NoticeError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        match self {
            Self::WatchedElsewhere => {
                let zh = "您已建立新的连接，本连接已结束。";
                Refusal::new(Code::Aborted, "WATCHED_ELSEWHERE", message, zh).into()
            }
        }
    }
}
