//! What this service refuses, without transport, and the one place where it becomes a status.

mod statistics;

use domain::violation::Violations;
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;

pub use statistics::StatisticsError;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With figures.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// Anything else: what is public is always available.
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
            Error::Statistics(error) => error.status(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
