//! Devices that raters touch, and terminals that watch.

use platform::status::Refusal;
use tonic::Code;

/// Refusals to a device.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// The terminal is no evaluator, or one that stands at no window.
    #[error("the terminal is no evaluator of a window")]
    NoWindow,
    /// The terminal reads no cards: it is an evaluator, or not in use.
    #[error("the terminal is no kiosk in use")]
    NoKiosk,
    /// The evaluator stands elsewhere than where the service was given.
    #[error("the service was not given at this evaluator's window")]
    OtherWindow,
    /// The terminal has more such streams than it needs: this one was the oldest.
    #[error("the terminal has opened newer streams; this one has ended")]
    WatchedElsewhere,
}

impl DeviceError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::NoWindow => {
                let zh = "本设备不是窗口评价器，或尚未绑定窗口。";
                refuse(Code::FailedPrecondition, "NO_WINDOW", zh)
            }
            Self::NoKiosk => {
                let zh = "本设备不是正在使用的自助服务终端。";
                refuse(Code::FailedPrecondition, "NO_KIOSK", zh)
            }
            Self::OtherWindow => {
                let zh = "该服务不在本窗口办理，请在办理窗口或通过其他渠道评价。";
                refuse(Code::FailedPrecondition, "OTHER_WINDOW", zh)
            }
            Self::WatchedElsewhere => {
                let zh = "本终端已建立新的连接，此连接已结束。";
                refuse(Code::Aborted, "WATCHED_ELSEWHERE", zh)
            }
        }
    }
}
