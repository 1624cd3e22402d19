//! Refusals about terminals.

use std::time::Duration;

use jiff::Timestamp;
use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with a terminal.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// No such terminal, or not in the caller's region.
    #[error("there is no such terminal")]
    NotFound,
    /// The deployment has no authority that signs certificates of terminals.
    #[error("terminals.certificate is not configured: no terminal can register here")]
    NotOffered,
    /// Nobody gave this code, or another one replaced it.
    #[error("there is no such code")]
    CodeUnknown,
    /// The code has ended.
    #[error("the code ended at {ended_at}")]
    CodeEnded {
        /// When.
        ended_at: Timestamp,
    },
    /// Another device has used the code.
    #[error("the code was used by another device")]
    CodeUsed,
    /// Too many registrations from one network, or with one code.
    #[error("too many registrations; the next one in {again_in:?}")]
    TooMany {
        /// When one is accepted again.
        again_in: Duration,
    },
    /// It did not come with a certificate that was given here.
    #[error("the terminal did not come with a certificate of its registration")]
    NotRenewable,
    /// The certificate is too new.
    #[error("the certificate can be renewed from {renew_from}")]
    NotDue {
        /// From when.
        renew_from: Timestamp,
    },
}

impl TerminalError {
    pub(super) fn refusal(&self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        let state = Code::FailedPrecondition;
        match self {
            Self::NotFound => refuse(Code::NotFound, "TERMINAL_NOT_FOUND", "没有该终端。"),
            Self::NotOffered => {
                let zh = "本平台尚未启用终端注册，请联系系统管理员。";
                refuse(state, "REGISTRATION_NOT_OFFERED", zh)
            }
            Self::CodeUnknown => {
                let zh = "注册码不正确或已被新的注册码取代，请核对。";
                refuse(Code::NotFound, "REGISTRATION_CODE_UNKNOWN", zh)
            }
            Self::CodeEnded { ended_at } => {
                let zh = "注册码已过期，请向管理机构重新索取。";
                refuse(state, "REGISTRATION_CODE_ENDED", zh).with("ended_at", ended_at)
            }
            Self::CodeUsed => {
                let zh = "注册码已被另一台设备使用，请向管理机构重新索取。";
                refuse(state, "REGISTRATION_CODE_USED", zh)
            }
            Self::TooMany { again_in } => {
                let zh = "注册过于频繁，请稍后再试。";
                let refusal = refuse(Code::ResourceExhausted, "TOO_MANY_REGISTRATIONS", zh);
                refusal.retry_after(*again_in)
            }
            Self::NotRenewable => {
                let zh = "该终端的证书不是注册时所发，请用注册码重新注册。";
                refuse(state, "CERTIFICATE_NOT_RENEWABLE", zh)
            }
            Self::NotDue { renew_from } => {
                let zh = "证书尚未到续期时间。";
                refuse(state, "RENEWAL_NOT_DUE", zh).with("renew_from", renew_from)
            }
        }
    }
}
