//! What this service refuses, free of transport, and the one way it becomes a status.

use domain::{calendar::OutOfRange, violation::Violations};
use platform::status::{Failure, Refusal};
use sea_orm::DbErr;
use tonic::{Code, Status};

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such item, or not in that version.
    #[error("there is no such item")]
    ItemNotFound,
    /// No profile is in force there and then.
    #[error("no profile is in force in {region} on {day}")]
    ProfileNotFound {
        /// The region.
        region: String,
        /// The day.
        day: jiff::civil::Date,
    },
    /// The profile sets no such deadline.
    #[error("the profile sets no deadline for \"{act}\"")]
    RuleNotFound {
        /// The act.
        act: String,
    },
    /// The calendar does not reach that far.
    #[error(transparent)]
    Calendar(#[from] OutOfRange),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Failure(violations.into())
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Failure(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::ItemNotFound => {
                Refusal::new(Code::NotFound, "ITEM_NOT_FOUND", message, "没有该事项。").into()
            }
            Error::ProfileNotFound { .. } => {
                let zh = "该地区在该日没有生效的实施细则。";
                Refusal::new(Code::NotFound, "PROFILE_NOT_FOUND", message, zh).into()
            }
            Error::RuleNotFound { .. } => {
                let zh = "实施细则没有规定该时限。";
                Refusal::new(Code::NotFound, "RULE_NOT_FOUND", message, zh).into()
            }
            Error::Calendar(out) => {
                let zh = format!("{}年的工作日历尚未载入。", out.year);
                let code = Code::FailedPrecondition;
                Refusal::new(code, "CALENDAR_OUT_OF_RANGE", message, zh)
                    .with("year", out.year)
                    .into()
            }
            Error::Failure(failure) => failure.into(),
        }
    }
}
