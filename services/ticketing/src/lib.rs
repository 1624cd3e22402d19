//! Ticketing (差评整改闭环): has the tickets, from the negative rating (or a matter that is handled like
//! one) to the confirmed follow-up.
//!
//! Facts out: `TicketOpened`, `RatingJoinedTicket`, `TicketStepped`. Facts in: intake's
//! `RatingSubmitted` and `MatterRaised`, and the catalog's as reference data.

mod convert;
mod entity;
mod error;
pub mod facts;
mod grpc;
pub mod jobs;
mod migration;
mod rpc;
mod store;

pub use error::Error;
pub use migration::Migrator;

use std::sync::Arc;

use platform::{database::Store, reference::Reference, server::MAX_REQUEST, shell::Shell};
use proto::ticketing::v1::ticket_service_server::TicketServiceServer;
use tonic::service::RoutesBuilder;

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "ticketing";
/// The gRPC services it answers.
pub const SERVICES: [&str; 1] = ["pingyi.ticketing.v1.TicketService"];

/// The running service.
#[derive(Clone)]
pub struct Ticketing {
    store: Store,
    shell: Shell,
    reference: Reference,
}

impl Ticketing {
    /// The service over its store.
    #[must_use]
    pub fn new(store: Store, shell: Shell, reference: Reference) -> Self {
        Self { store, shell, reference }
    }

    /// Adds its gRPC services.
    pub fn add_to(&self, routes: &mut RoutesBuilder) {
        let tickets = TicketServiceServer::new(self.clone());
        routes.add_service(tickets.max_decoding_message_size(MAX_REQUEST));
    }

    /// What consumes others' facts for this service.
    #[must_use]
    pub fn consumer(&self) -> Arc<facts::Facts> {
        let (clock, reference) = (self.shell.clock.clone(), self.reference.clone());
        Arc::new(facts::Facts { clock, reference })
    }
}
