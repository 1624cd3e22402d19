//! A rating itself, and the queue it waits in.

pub(crate) mod device;
pub(crate) mod follow_up;
pub(crate) mod invitation;
pub(crate) mod reply;
pub(crate) mod window;

use domain::rating::{EarlierThanService, RealNameRequired};
use jiff::civil::Date;
use platform::status::Refusal;
use tonic::Code;

/// Refusals about a rating.
#[derive(Debug, thiserror::Error)]
pub enum RatingError {
    /// Too late to rate.
    #[error("the rating window closed at the end of {closed_on}")]
    WindowClosed {
        /// Its last day.
        closed_on: Date,
    },
    /// Given before the service it rates.
    #[error(transparent)]
    EarlierThanService(#[from] EarlierThanService),
    /// Given before its service, because our own clocks differ a little.
    #[error("this server's clock is behind the time of the service")]
    ClockBehind,
    /// The rater must be known by name.
    #[error(transparent)]
    RealNameRequired(#[from] RealNameRequired),
    /// This invitation has no such rating.
    #[error("there is no such rating")]
    NotFound,
    /// More ratings wait than can be committed soon.
    #[error("too many ratings are waiting to be saved")]
    QueueFull,
    /// The act has reached its limit of ratings.
    #[error("the service act has as many ratings as are allowed; the last one counts")]
    RatedOften,
    /// The act was rated too often within a minute.
    #[error("the service act was rated too often within a minute")]
    RatedFast,
    /// The process is ending; another replica, or the next start, takes it.
    #[error("the service is stopping")]
    Stopping,
}

impl RatingError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::WindowClosed { closed_on } => {
                let zh = format!("评价已于{closed_on}截止。");
                refuse(Code::FailedPrecondition, "RATING_WINDOW_CLOSED", &zh)
                    .with("closed_on", closed_on)
            }
            Self::EarlierThanService(earlier) => {
                let zh = "评价时间早于办理服务的时间，不予受理。";
                refuse(Code::FailedPrecondition, "RATING_BEFORE_SERVICE", zh)
                    .with("served_on", earlier.served_on)
            }
            Self::ClockBehind => {
                let zh = "系统时间正在校准，请稍后再试。";
                refuse(Code::Unavailable, "CLOCK_BEHIND", zh).retry()
            }
            Self::RealNameRequired(required) => {
                let zh = "此处实行实名评价，请先登录。";
                refuse(Code::FailedPrecondition, "REAL_NAME_REQUIRED", zh)
                    .with("clause", required.clause)
            }
            Self::NotFound => refuse(Code::NotFound, "RATING_NOT_FOUND", "没有该评价。"),
            Self::QueueFull => {
                let zh = "当前评价人数较多，请稍后再试。";
                refuse(Code::ResourceExhausted, "QUEUE_FULL", zh).retry()
            }
            Self::RatedOften => {
                let zh = "该办件的评价次数已达上限，以最后一次评价为准。";
                refuse(Code::ResourceExhausted, "RATING_LIMIT_REACHED", zh)
            }
            Self::RatedFast => {
                let zh = "评价过于频繁，请一分钟后再试。";
                let minute = std::time::Duration::from_secs(60);
                refuse(Code::ResourceExhausted, "RATED_TOO_OFTEN", zh).retry_after(minute)
            }
            Self::Stopping => {
                let zh = "系统正在重启，请稍后再试。";
                refuse(Code::Unavailable, "STOPPING", zh).retry()
            }
        }
    }
}
