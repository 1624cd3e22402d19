//! Publication (公开): has the figures and the outcomes. Both are computed from the facts of other
//! services and from nothing else, so anyone with the facts gets the same numbers. Every rating is a leaf
//! of its public log.
//!
//! Facts out: `AuditRecorded`, for each table for the appraisal that is exported. Facts in: intake's
//! `RatingInvited`, `RatingSubmitted`, `RatingWordsRead` and `MatterRaised`; ticketing's `TicketOpened`,
//! `RatingJoinedTicket`, `TicketStepped`, `TicketAnnulled`, `DeadlineWatched`, `FollowUpOpened`,
//! `FollowUpEnded`, `RatingExcluded` and `RatingReinstated`; for the appraisal intake's `SignalJudged`, and
//! ticketing's
//! `StaffMeasureStepped`, `RestrictedMatterDecided` and `MisconductTransferred`; the catalog's as
//! reference data. For the upper platform every fact of intake and ticketing is kept as it is, and so is
//! what lower installations push.

mod app;
pub mod config;
mod convert;
mod entity;
mod error;
pub mod facts;
mod grpc;
pub mod jobs;
mod migration;
mod rpc;
mod state;
mod store;

pub use app::{
    exchange::{
        national::{state::of_store as national_state, twin as national_twin},
        resend::{resend, resend_national},
        twin,
    },
    statistics::{
        rebuild::{self, rebuild},
        verify,
    },
};
pub use error::{Error, PainPointError, RankingError, StatisticsError};
pub use migration::Migrator;
pub use state::{NAME, Publication};

use std::sync::Arc;

use platform::server::MAX_REQUEST;
use proto::{
    exchange::v1::exchange_service_server::ExchangeServiceServer,
    publication::v1::{
        appraisal_service_server::AppraisalServiceServer,
        bulletin_service_server::BulletinServiceServer, canary_service_server::CanaryServiceServer,
        disclosure_service_server::DisclosureServiceServer,
        pain_point_service_server::PainPointServiceServer,
        ranking_service_server::RankingServiceServer,
        statistics_service_server::StatisticsServiceServer,
        transparency_service_server::TransparencyServiceServer,
    },
};
use tonic::service::RoutesBuilder;

/// The gRPC services it answers.
pub const SERVICES: [&str; 9] = [
    "pingyi.publication.v1.StatisticsService",
    "pingyi.publication.v1.DisclosureService",
    "pingyi.publication.v1.AppraisalService",
    "pingyi.publication.v1.BulletinService",
    "pingyi.publication.v1.PainPointService",
    "pingyi.publication.v1.CanaryService",
    "pingyi.publication.v1.TransparencyService",
    "pingyi.publication.v1.RankingService",
    "pingyi.exchange.v1.ExchangeService",
];

/// The largest request of the exchange: a batch of facts.
const MAX_BATCH: usize = 1 << 20;

impl Publication {
    /// Adds its gRPC services.
    pub fn add_to(&self, routes: &mut RoutesBuilder) {
        routes
            .add_service(
                StatisticsServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                DisclosureServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                AppraisalServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                BulletinServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                PainPointServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                CanaryServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                TransparencyServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                RankingServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                ExchangeServiceServer::new(self.clone()).max_decoding_message_size(MAX_BATCH),
            );
    }

    /// The consumer of others' facts for this service.
    #[must_use]
    pub fn consumer(&self) -> Arc<facts::Facts> {
        Arc::new(facts::Facts::new(self.shell.clone(), self.reference.clone()))
    }
}
