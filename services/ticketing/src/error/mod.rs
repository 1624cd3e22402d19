//! What this service refuses, free of transport, and the one way it becomes a status.

mod appeal;
mod focus;
mod ledger;
mod notice;
mod restricted;
mod text_review;
mod ticket;

use domain::{
    appeal::AppealRefusal, focus::Refusal as FocusRefusal, restricted::RestrictedRefusal,
    text_review::TextRefusal, ticket::Refusal, violation::Violations,
};
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;

pub use appeal::AppealError;
pub use focus::FocusError;
pub use ledger::LedgerError;
pub use notice::NoticeError;
pub use platform::documents::DocumentError;
pub use restricted::RestrictedError;
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
    /// With a key target, a problem or measures about staff.
    #[error(transparent)]
    Focus(#[from] FocusError),
    /// With a restricted matter.
    #[error(transparent)]
    Restricted(#[from] RestrictedError),
    /// With a document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// With a ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// With notices.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

platform::into_error! {
    Error;
    Violations => Failure,
    DbErr => Failure,
    Refusal => TicketError,
    AppealRefusal => AppealError,
    TextRefusal => TextReviewError,
    FocusRefusal => FocusError,
    RestrictedRefusal => RestrictedError,
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Ticket(error) => error.status(),
            Error::Appeal(error) => error.status(),
            Error::TextReview(error) => error.status(),
            Error::Focus(error) => error.status(),
            Error::Restricted(error) => error.status(),
            Error::Document(error) => error.told(),
            Error::Ledger(error) => error.status(),
            Error::Notice(error) => error.status(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
