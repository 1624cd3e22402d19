//! Ticketing (差评整改闭环): has the tickets, from the negative rating (or a matter that is handled like
//! one) to the confirmed follow-up.
//!
//! Facts out: `TicketOpened`, `RatingJoinedTicket`, `TicketStepped`, `TicketLinked`,
//! `UpperNoticeAnswered`, `DeadlineWatched`, `FollowUpOpened`, `FollowUpEnded`; of appeals `AppealLodged`, `AppealDecided`,
//! `RatingExcluded`, `RatingReinstated`, `RatingTextReviewed`; of focus `KeyTargetStepped`,
//! `ProblemStepped` and `StaffMeasureStepped`, `FocusProposed`,
//! `FocusProposalDecided`; `RestrictedMatterDecided`, `MisconductTransferred`,
//! `DocumentAdded`, `AuditRecorded`. Facts in: intake's `RatingSubmitted`, `MatterRaised` and `RestrictedReported`, and the catalog's as
//! reference data.

mod app;
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

pub use error::{
    AppealError, DocumentError, Error, FocusError, LedgerError, NoticeError, RestrictedError,
    TextReviewError, TicketError,
};
pub use migration::Migrator;
pub use state::{NAME, Ticketing};

use std::sync::Arc;

use platform::server::MAX_REQUEST;
use proto::ticketing::v1::{
    appeal_service_server::AppealServiceServer, document_service_server::DocumentServiceServer,
    focus_service_server::FocusServiceServer, ledger_service_server::LedgerServiceServer,
    notice_service_server::NoticeServiceServer, restricted_service_server::RestrictedServiceServer,
    text_review_service_server::TextReviewServiceServer,
    ticket_service_server::TicketServiceServer,
};
use tonic::service::RoutesBuilder;

/// The gRPC services it answers.
pub const SERVICES: [&str; 8] = [
    "pingyi.ticketing.v1.TicketService",
    "pingyi.ticketing.v1.AppealService",
    "pingyi.ticketing.v1.DocumentService",
    "pingyi.ticketing.v1.TextReviewService",
    "pingyi.ticketing.v1.FocusService",
    "pingyi.ticketing.v1.RestrictedService",
    "pingyi.ticketing.v1.LedgerService",
    "pingyi.ticketing.v1.NoticeService",
];

/// The largest message of a document that comes in: 64 KiB of it, and what surrounds them.
const MAX_DOCUMENT_PART: usize = MAX_REQUEST + 1_024;

impl Ticketing {
    /// Adds its gRPC services.
    pub fn add_to(&self, routes: &mut RoutesBuilder) {
        let ledgers = LedgerServiceServer::new(self.clone());
        routes.add_service(ledgers.max_decoding_message_size(MAX_REQUEST));
        let tickets = TicketServiceServer::new(self.clone());
        routes.add_service(tickets.max_decoding_message_size(MAX_REQUEST));
        let appeals = AppealServiceServer::new(self.clone());
        routes.add_service(appeals.max_decoding_message_size(MAX_REQUEST));
        let reviews = TextReviewServiceServer::new(self.clone());
        routes.add_service(reviews.max_decoding_message_size(MAX_REQUEST));
        let focus = FocusServiceServer::new(self.clone());
        routes.add_service(focus.max_decoding_message_size(MAX_REQUEST));
        let restricted = RestrictedServiceServer::new(self.clone());
        routes.add_service(restricted.max_decoding_message_size(MAX_REQUEST));
        let documents = DocumentServiceServer::new(self.clone());
        routes.add_service(documents.max_decoding_message_size(MAX_DOCUMENT_PART));
        let notices = NoticeServiceServer::new(self.clone());
        routes.add_service(notices.max_decoding_message_size(MAX_REQUEST));
    }

    /// The consumer of others' facts for this service.
    #[must_use]
    pub fn consumer(&self) -> Arc<facts::Facts> {
        Arc::new(facts::Facts {
            clock: self.shell.clock.clone(),
            reference: self.reference.clone(),
            sealer: self.shell.sealer.clone(),
        })
    }
}
