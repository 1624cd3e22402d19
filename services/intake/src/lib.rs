//! Intake (评价): owns cases, service acts, invitations and ratings, and every datum of a person.
//!
//! Public reviews and surveys are taken in here too, for their text and whom they ask are persons'.
//!
//! Facts out: `CaseSubmitted`, `CaseCompleted`, `RatingInvited`, `RatingSubmitted`, `MatterRaised`,
//! `SurveyPlanned`, `SurveyDrawn`, `AuditRecorded`, `ApplicantChanged`. Facts in: the catalog's, as reference data, and
//! ticketing's `TicketOpened` and `TicketStepped`, so that a rater can be told what became of a
//! rating.

pub mod config;
mod convert;
mod entity;
mod error;
pub mod facts;
mod grpc;
pub mod jobs;
mod limits;
mod migration;
mod rpc;
mod store;

pub use error::Error;
pub use migration::Migrator;

use std::sync::Arc;

use jobs::{
    commit_ratings::{CommitCount, Commits, Queue},
    notifier::Notifier,
    unknown::Unknown,
    wake::Board,
};
use limits::Limits;
use platform::{database::Store, reference::Reference, shell::Shell};
use proto::intake::v1::{
    case_service_server::CaseServiceServer, message_service_server::MessageServiceServer,
    people_service_server::PeopleServiceServer, rating_service_server::RatingServiceServer,
    review_service_server::ReviewServiceServer, survey_service_server::SurveyServiceServer,
};
use store::acts::Acts;
use tonic::service::RoutesBuilder;

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "intake";
/// The gRPC services it answers.
pub const SERVICES: [&str; 6] = [
    "pingyi.intake.v1.CaseService",
    "pingyi.intake.v1.RatingService",
    "pingyi.intake.v1.PeopleService",
    "pingyi.intake.v1.MessageService",
    "pingyi.intake.v1.ReviewService",
    "pingyi.intake.v1.SurveyService",
];

/// The largest request taken, in bytes: a whole form, or a rating with all its words.
const MAX_REQUEST: usize = 64 << 10;
/// The largest request about surveys, in bytes: an assessment with all the problems it found.
const MAX_ASSESSMENT: usize = 512 << 10;

/// The largest batch of paper forms, in bytes: 200 of them with all their words.
const MAX_FORMS: usize = 512 << 10;

/// The running service.
#[derive(Clone)]
pub struct Intake {
    store: Store,
    /// What raters were shown lately.
    acts: Acts,
    shell: Shell,
    reference: Reference,
    queue: Queue,
    board: Board,
    /// What was asked for and the catalog has not told of.
    unknown: Unknown,
    /// How many reviews are taken from whom nobody knows.
    limits: Limits,
    /// Who writes to raters; without one nobody is written to, and nothing is planned.
    notifier: Option<Arc<Notifier>>,
}

impl Intake {
    /// The service over its store, and the job that commits its ratings, to be run beside it.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> (Self, Commits) {
        let acts = Acts::default();
        let (queue, commits) =
            jobs::commit_ratings::new(&store, acts.clone(), &shell, reference.clone());
        let (board, unknown, limits) = (Board::default(), Unknown::default(), Limits::default());
        let notifier = None;
        let intake =
            Self { store, acts, shell, reference, queue, board, unknown, limits, notifier };
        (intake, commits)
    }

    /// The same, writing to raters.
    #[must_use]
    pub fn with_notifier(self, notifier: Notifier) -> Self {
        Self { notifier: Some(Arc::new(notifier)), ..self }
    }

    /// Where cases, ratings and what became of them are looked up (I20); empty if nobody said.
    fn look_up(&self) -> &str {
        self.notifier.as_ref().map(|notifier| notifier.look_up()).unwrap_or_default()
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
            );
    }

    /// What consumes others' facts for this service.
    #[must_use]
    pub fn consumer(&self) -> Arc<facts::Facts> {
        Arc::new(facts::Facts { reference: self.reference.clone() })
    }

    /// What was taken in and committed so far.
    #[must_use]
    pub fn commit_count(&self) -> Arc<CommitCount> {
        Arc::clone(self.queue.count())
    }
}
