//! Refusals about figures.

use jiff::civil::Date;
use platform::status::Refusal;
use tonic::{Code, Status};

/// What can go wrong with figures.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// No such agency within the caller's reach.
    #[error("there is no such agency")]
    AgencyNotFound,
    /// No such region within the caller's reach.
    #[error("there is no such region")]
    RegionNotFound,
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
            Self::PeriodNotOver { to } => {
                let zh = format!("该统计期到{to}才结束，之后方可出具报告。");
                Refusal::new(Code::FailedPrecondition, "PERIOD_NOT_OVER", message, zh)
                    .with("to", to)
                    .into()
            }
        }
    }
}
