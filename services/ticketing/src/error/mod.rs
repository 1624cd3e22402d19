//! What this service refuses, free of transport, and the one way it becomes a status.

mod appeal;
mod ledger;
mod text_review;
mod ticket;

use domain::{
    appeal::AppealRefusal, text_review::TextRefusal, ticket::Refusal, violation::Violations,
};
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;

pub use appeal::AppealError;
pub use ledger::LedgerError;
pub use text_review::TextReviewError;
pub use ticket::TicketError;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With a ticket.
    #[error(transparent)]
    Ticket(#[from] TicketError),
    /// With an appeal or an exclusion.
    #[error(transparent)]
    Appeal(#[from] AppealError),
    /// With the review of a text.
    #[error(transparent)]
    TextReview(#[from] TextReviewError),
    /// With a ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Ticket(refusal.into())
    }
}

impl From<AppealRefusal> for Error {
    fn from(refusal: AppealRefusal) -> Self {
        Self::Appeal(refusal.into())
    }
}

impl From<TextRefusal> for Error {
    fn from(refusal: TextRefusal) -> Self {
        Self::TextReview(refusal.into())
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
            Error::Appeal(error) => error.status(),
            Error::TextReview(error) => error.status(),
            Error::Ledger(error) => error.status(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
