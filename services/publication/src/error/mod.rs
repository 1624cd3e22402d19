//! What this service refuses, without transport, and the one place where it becomes a status.

pub(crate) mod exchange;
mod statistics;
pub(crate) mod transparency;

use domain::violation::Violations;
use exchange::ExchangeError;
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;
use transparency::TransparencyError;

pub use statistics::StatisticsError;

/// What can go wrong here. What is public is always available: about it there are only errors that
/// every service has.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With figures.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// About the public log.
    #[error(transparent)]
    Transparency(#[from] TransparencyError),
    /// About the exchange with other installations.
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
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
            Error::Statistics(error) => error.status(),
            Error::Transparency(error) => error.refusal().into(),
            Error::Exchange(error) => error.refusal().into(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
