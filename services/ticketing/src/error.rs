//! What this service refuses, without transport, and the one place where it becomes a status.

use domain::{ticket::Refusal as TicketRefusal, violation::Violations};
use platform::status::{Failure, Refusal};
use sea_orm::DbErr;
use tonic::{Code, Status};

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such ticket, or outside the caller's reach.
    #[error("there is no such ticket")]
    TicketNotFound,
    /// The law or the state refuses the step.
    #[error(transparent)]
    Refused(#[from] TicketRefusal),
    /// Someone else's step came first.
    #[error("the ticket was changed meanwhile")]
    TicketChanged,
    /// The catalog's facts have not arrived yet.
    #[error("{0} is not known here yet")]
    NotKnownYet(&'static str),
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
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match error {
            Error::TicketNotFound => {
                refuse(Code::NotFound, "TICKET_NOT_FOUND", "没有该工单。").into()
            }
            Error::Refused(TicketRefusal::Malformed(violations)) => {
                Failure::Invalid(violations).into()
            }
            Error::Refused(TicketRefusal::State { from, step, reason }) => {
                let zh = "工单当前状态不允许此操作。";
                refuse(Code::FailedPrecondition, "TICKET_STATE_REFUSES", zh)
                    .with("from", from)
                    .with("step", step)
                    .with("reason", reason)
                    .into()
            }
            Error::Refused(TicketRefusal::Office { .. }) => {
                let zh = "此操作由另一单位办理。";
                refuse(Code::PermissionDenied, "ANOTHER_OFFICES_STEP", zh).into()
            }
            Error::Refused(TicketRefusal::Rated { .. }) => {
                let zh = "被评价人员不得办理针对本人评价的工单，也不得被指派办理。";
                refuse(Code::PermissionDenied, "RATED_STAFF_MEMBER", zh).into()
            }
            Error::Refused(TicketRefusal::Calendar(out)) => {
                let zh = format!("{}年的工作日历尚未载入。", out.year);
                refuse(Code::FailedPrecondition, "CALENDAR_OUT_OF_RANGE", &zh).into()
            }
            Error::TicketChanged => {
                let zh = "工单刚刚被他人更改，请刷新后重试。";
                refuse(Code::Aborted, "TICKET_CHANGED", zh).into()
            }
            Error::NotKnownYet(_) => {
                let zh = "资料正在同步，请稍后再试。";
                refuse(Code::Unavailable, "CATALOG_NOT_KNOWN_YET", zh).retry().into()
            }
            Error::Failure(failure) => failure.into(),
        }
    }
}
