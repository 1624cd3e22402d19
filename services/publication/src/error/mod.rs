//! What this service refuses, without transport, and the one place where it becomes a status.

pub(crate) mod transparency;

use domain::violation::Violations;
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;
use transparency::TransparencyError;

/// What can go wrong here. Figures and outcomes are public and always available: about them there are
/// only errors that every service has.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// About the public log.
    #[error(transparent)]
    Transparency(#[from] TransparencyError),
    /// What every service can say.
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
        match error {
            Error::Transparency(error) => error.refusal().into(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
