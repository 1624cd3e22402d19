//! Refusals about figures.

use std::time::Duration;

use jiff::civil::Date;
use platform::status::Refusal;
use tonic::{Code, Status};

/// When to ask again for figures that are being rebuilt.
const REBUILDING: Duration = Duration::from_secs(600);

/// What can go wrong with figures.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// No such agency within the caller's reach.
    #[error("there is no such agency")]
    AgencyNotFound,
    /// No such region within the caller's reach.
    #[error("there is no such region")]
    RegionNotFound,
    /// The figures were counted by an earlier version and are not rebuilt yet.
    #[error("the figures of this version are not rebuilt yet")]
    NotRebuilt,
    /// A report is asked for before its period has ended.
    #[error("the period ends with {to}")]
    PeriodNotOver {
        /// Its last day.
        to: Date,
    },
}

impl StatisticsError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        match self {
            Self::AgencyNotFound => {
                let zh = "您的职责范围内没有该机构。";
                Refusal::new(Code::NotFound, "AGENCY_NOT_FOUND", message, zh).into()
            }
            Self::RegionNotFound => {
                let zh = "您的职责范围内没有该地区。";
                Refusal::new(Code::NotFound, "REGION_NOT_FOUND", message, zh).into()
            }
            Self::NotRebuilt => {
                let zh = "系统升级后统计数据正在按新的口径重新计算，完成后方可查询，请稍后再试。";
                Refusal::new(Code::Unavailable, "FIGURES_NOT_REBUILT", message, zh)
                    .retry_after(REBUILDING)
                    .into()
            }
            Self::PeriodNotOver { to } => {
                let zh = format!("该统计期到{to}才结束，之后方可出具报告。");
                Refusal::new(Code::FailedPrecondition, "PERIOD_NOT_OVER", message, zh)
                    .with("to", to)
                    .into()
            }
        }
    }
}
