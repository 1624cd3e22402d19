//! What this service refuses, free of transport, and the one way it becomes a status.

mod calendar;
mod catalog;
mod change;
mod organization;
mod policy;
mod terminal;
mod transfer;

use domain::{calendar::OutOfRange, change::StepRefused, violation::Violations};
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;

pub use self::{
    calendar::CalendarError, catalog::CatalogError, change::ChangeError,
    organization::OrganizationError, policy::PolicyError, terminal::TerminalError,
    transfer::TransferError,
};

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With an item.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// With a unit.
    #[error(transparent)]
    Organization(#[from] OrganizationError),
    /// With a change.
    #[error(transparent)]
    Change(#[from] ChangeError),
    /// With a file.
    #[error(transparent)]
    Transfer(#[from] TransferError),
    /// With a profile or a tag list.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// With a deadline.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// With a terminal.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

platform::into_error! {
    Error;
    Violations => Failure,
    DbErr => Failure,
    StepRefused => ChangeError,
    OutOfRange => CalendarError,
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Catalog(error) => error.refusal().into(),
            Error::Organization(error) => error.refusal().into(),
            Error::Change(error) => error.refusal().into(),
            Error::Transfer(error) => error.refusal().into(),
            Error::Policy(error) => error.refusal().into(),
            Error::Calendar(error) => error.refusal().into(),
            Error::Terminal(error) => error.refusal().into(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
