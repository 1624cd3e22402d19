//! What this service refuses, without transport, and the one place where it becomes a status.

pub(crate) mod bulletin;
pub(crate) mod exchange;
mod pain_point;
mod ranking;
mod statistics;
pub(crate) mod transparency;

use bulletin::BulletinError;
use domain::violation::Violations;
use exchange::ExchangeError;
use platform::status::Failure;
use sea_orm::DbErr;
use tonic::Status;
use transparency::TransparencyError;

pub use pain_point::PainPointError;
pub use ranking::RankingError;
pub use statistics::StatisticsError;

/// What can go wrong here. What is public is always available: about it there are only errors that
/// every service has.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// With figures.
    #[error(transparent)]
    Statistics(#[from] StatisticsError),
    /// With rankings.
    #[error(transparent)]
    Ranking(#[from] RankingError),
    /// About bulletins.
    #[error(transparent)]
    Bulletin(#[from] BulletinError),
    /// With pain points.
    #[error(transparent)]
    PainPoint(#[from] PainPointError),
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
            Error::Ranking(error) => error.status(),
            Error::Bulletin(error) => error.refusal().into(),
            Error::PainPoint(error) => error.refusal().into(),
            Error::Transparency(error) => error.refusal().into(),
            Error::Exchange(error) => error.refusal().into(),
            Error::Failure(failure) => failure.into(),
        }
    }
}
