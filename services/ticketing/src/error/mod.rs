//! What this service refuses, free of transport, and the one way it becomes a status.

mod notice;
mod ticket;

use domain::{ticket::Refusal, violation::Violations};
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;

pub use notice::NoticeError;
pub use ticket::TicketError;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With a ticket.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// With notices.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Ticket(refusal.into())
    }
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
        match error {
            Error::Ticket(error) => error.status(),
            Error::Notice(error) => error.status(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
