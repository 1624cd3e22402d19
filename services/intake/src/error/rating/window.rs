//! Windows and their codes.

use platform::status::Refusal;
use tonic::Code;

/// Refusals about a window and its code.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// This deployment did not make the scanned code.
    #[error("the window's code is forged or damaged")]
    CodeForged,
    /// No such window, or not of the caller's region.
    #[error("there is no such window")]
    NotFound,
    /// The window is not in service any more, or not yet.
    #[error("the window is not in use")]
    Ended,
}

impl WindowError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::CodeForged => {
                let zh = "窗口二维码无效，请重新扫码。";
                refuse(Code::InvalidArgument, "WINDOW_CODE_FORGED", zh)
            }
            Self::NotFound => refuse(Code::NotFound, "WINDOW_NOT_FOUND", "没有该窗口。"),
            Self::Ended => {
                let zh = "该窗口现已停用，请通过其他渠道评价。";
                refuse(Code::FailedPrecondition, "WINDOW_ENDED", zh)
            }
        }
    }
}
