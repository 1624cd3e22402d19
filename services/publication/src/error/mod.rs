//! What this service refuses, without transport, and the one place where it becomes a status.

use domain::violation::Violations;
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Figures and outcomes are public and always available: there are only errors that every
    /// service has.
    #[error(transparent)]
    Failure(#[from] Failure),
}

platform::into_error! {
    Error;
    Violations => Failure,
    DbErr => Failure,
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let Error::Failure(failure) = error;
        failure.into()
    }
}
