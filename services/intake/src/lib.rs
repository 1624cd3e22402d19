//! Intake (评价): keeps cases, service acts, invitations and ratings, and all data of persons.
//!
//! Public reviews and surveys are here too, since they hold persons' words and data.
//!
//! Facts out: `CaseSubmitted`, `CaseCompleted`, `RatingInvited`, `RatingWindowMoved`, `RatingSubmitted`,
//! `MatterRaised`, `SurveyPlanned`, `SurveyDrawn`, `AttachmentAdded`, `AuditRecorded`,
//! `ApplicantChanged`, `SignalFound`, `SignalJudged`, `FollowUpAnswered`, `RestrictedReported`, `RatingWordsRead`. Facts in:
//! the catalog's, as reference data, and ticketing's about its tickets, so that a rater can see the
//! outcome of a rating and answer the follow-up, about the words of ratings, so that everybody sees those
//! that may be seen, and `RestrictedMatterDecided`, for whoever reported.

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

pub use error::Error;
pub use migration::Migrator;
pub use state::{Intake, NAME, notifier, queue::CommitCount};

use std::sync::Arc;

use jobs::commit_ratings::Commits;
use platform::{
    database::Store, documents::Documents, limits::Limits, reference::Reference, shell::Shell,
};
use proto::intake::v1::{
    attachment_service_server::AttachmentServiceServer, case_service_server::CaseServiceServer,
    message_service_server::MessageServiceServer, people_service_server::PeopleServiceServer,
    rating_service_server::RatingServiceServer, report_service_server::ReportServiceServer,
    review_service_server::ReviewServiceServer, signal_service_server::SignalServiceServer,
    survey_service_server::SurveyServiceServer,
};
use state::{board::Board, unknown::UnknownItems};
use store::case::acts::Acts;
use tonic::service::RoutesBuilder;

/// The gRPC services it answers.
pub const SERVICES: [&str; 9] = [
    "pingyi.intake.v1.CaseService",
    "pingyi.intake.v1.RatingService",
    "pingyi.intake.v1.PeopleService",
    "pingyi.intake.v1.MessageService",
    "pingyi.intake.v1.ReviewService",
    "pingyi.intake.v1.SurveyService",
    "pingyi.intake.v1.SignalService",
    "pingyi.intake.v1.ReportService",
    "pingyi.intake.v1.AttachmentService",
];

/// The largest request taken, in bytes: a whole form, or a rating with all its words.
const MAX_REQUEST: usize = 64 << 10;
/// The largest request about surveys, in bytes: an assessment with all the problems it found.
const MAX_ASSESSMENT: usize = 512 << 10;

/// The largest message of an attachment that comes in: 64 KiB of it, and what surrounds them.
const MAX_ATTACHMENT_PART: usize = MAX_REQUEST + 1_024;

/// The largest batch of paper forms, in bytes: 200 of them with all their words.
const MAX_FORMS: usize = 512 << 10;

impl Intake {
    /// The service over its store, and the job that commits its ratings, to be run beside it.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> (Self, Commits) {
        let acts = Acts::default();
        let (queue, commits) =
            jobs::commit_ratings::new(&store, acts.clone(), &shell, reference.clone());
        let (board, unknown, limits) =
            (Board::default(), UnknownItems::default(), Limits::default());
        let (documents, notifier) = (Documents::default(), None);
        let intake = Self {
            store,
            acts,
            shell,
            reference,
            queue,
            board,
            unknown,
            limits,
            documents,
            notifier,
        };
        (intake, commits)
    }

    /// Adds its gRPC services.
    pub fn add_to(&self, routes: &mut RoutesBuilder) {
        routes
            .add_service(
                CaseServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                RatingServiceServer::new(self.clone()).max_decoding_message_size(MAX_FORMS),
            )
            .add_service(
                PeopleServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                MessageServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                ReviewServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                SurveyServiceServer::new(self.clone()).max_decoding_message_size(MAX_ASSESSMENT),
            )
            .add_service(
                SignalServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                ReportServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                AttachmentServiceServer::new(self.clone())
                    .max_decoding_message_size(MAX_ATTACHMENT_PART),
            );
    }

    /// What consumes others' facts for this service.
    #[must_use]
    pub fn consumer(&self) -> Arc<facts::Facts> {
        Arc::new(facts::Facts { shell: self.shell.clone(), reference: self.reference.clone() })
    }

    /// The numbers of ratings accepted and committed so far.
    #[must_use]
    pub fn commit_count(&self) -> Arc<CommitCount> {
        Arc::clone(self.queue.count())
    }
}
