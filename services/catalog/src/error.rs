//! What this service refuses, without transport, and the one place where it becomes a status.

use domain::{calendar::OutOfRange, change::StepRefused, violation::Violations};
use platform::status::{Failure, Refusal};
use sea_orm::DbErr;
use tonic::{Code, Status};

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such item, or not in that version.
    #[error("there is no such item")]
    ItemNotFound,
    /// No such unit, or not then.
    #[error("there is no such unit of the organisation")]
    UnitNotFound,
    /// No such change, or not the caller's.
    #[error("there is no such change")]
    ChangeNotFound,
    /// The state of a change, or the law, refuses a step.
    #[error(transparent)]
    StepRefused(#[from] StepRefused),
    /// A published document says something else under the same version.
    #[error("{id} was changed, or a layer of it, but is still version {version}")]
    VersionReused {
        /// The profile or tag list.
        id: String,
        /// Its version.
        version: i64,
    },
    /// Rows of an import are wrong.
    #[error("{errors} errors in {rows} rows; nothing was changed")]
    RowsRefused {
        /// Errors found.
        errors: u64,
        /// Rows read.
        rows: u64,
    },
    /// A file is larger than is taken.
    #[error("{0}")]
    FileTooLarge(String),
    /// Another file is coming in.
    #[error("another file is coming in; nothing was changed")]
    Importing,
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
            Error::UnitNotFound => {
                Refusal::new(Code::NotFound, "UNIT_NOT_FOUND", message, "没有该机构或人员。").into()
            }
            Error::ChangeNotFound => {
                Refusal::new(Code::NotFound, "CHANGE_NOT_FOUND", message, "没有该变更。").into()
            }
            Error::StepRefused(_) => {
                let zh = "该变更目前不能进行此步骤。";
                Refusal::new(Code::FailedPrecondition, "STEP_REFUSED", message, zh).into()
            }
            Error::VersionReused { .. } => {
                let zh = "内容已变更，但版本号未变。";
                Refusal::new(Code::FailedPrecondition, "VERSION_REUSED", message, zh).into()
            }
            Error::RowsRefused { errors, .. } => {
                let zh = format!("导入文件有{errors}处错误，未作任何更改。");
                Refusal::new(Code::InvalidArgument, "ROWS_REFUSED", message, zh).into()
            }
            Error::FileTooLarge(_) => {
                let zh = "导入文件过大，请分成几个文件。";
                Refusal::new(Code::ResourceExhausted, "FILE_TOO_LARGE", message, zh).into()
            }
            Error::Importing => {
                let zh = "另一份文件正在导入，请稍后再试。";
                Refusal::new(Code::Unavailable, "IMPORT_UNDER_WAY", message, zh).retry().into()
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
