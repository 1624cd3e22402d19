//! Catalog (事项清单): has items and guides, organisation, policy profiles, calendars and tag lists, and
//! knows which devices act as its terminals.
//!
//! Facts out: `ItemPublished`, `UnitPublished`, `ProfilePublished`, `CalendarPublished`,
//! `TagListPublished`, `TerminalStopped`, `TerminalSilent`. Facts in: none.

mod app;
pub mod config;
mod convert;
mod entity;
mod error;
mod facts;
mod grpc;
pub mod jobs;
mod migration;
mod rpc;
mod state;
mod store;

pub use error::{
    CalendarError, CatalogError, ChangeError, Error, OrganizationError, PolicyError, TerminalError,
    TransferError,
};
pub use migration::Migrator;
pub use state::{Catalog, NAME};

use platform::server::MAX_REQUEST;
use proto::catalog::v1::{
    calendar_service_server::CalendarServiceServer, catalog_service_server::CatalogServiceServer,
    change_service_server::ChangeServiceServer,
    organization_service_server::OrganizationServiceServer,
    policy_service_server::PolicyServiceServer, terminal_service_server::TerminalServiceServer,
    transfer_service_server::TransferServiceServer,
};
use tonic::service::RoutesBuilder;

/// The gRPC services it answers.
pub const SERVICES: [&str; 7] = [
    "pingyi.catalog.v1.CatalogService",
    "pingyi.catalog.v1.OrganizationService",
    "pingyi.catalog.v1.ChangeService",
    "pingyi.catalog.v1.TransferService",
    "pingyi.catalog.v1.PolicyService",
    "pingyi.catalog.v1.CalendarService",
    "pingyi.catalog.v1.TerminalService",
];

/// The largest piece of a file, in bytes.
const MAX_PIECE: usize = 1 << 20;
/// The largest change accepted, in bytes: answers hold all of it, with its steps, and a default
/// client accepts answers of 4 MiB.
const MAX_CHANGE: usize = 2 << 20;

impl Catalog {
    /// Adds its gRPC services.
    pub fn add_to(&self, routes: &mut RoutesBuilder) {
        routes
            .add_service(
                CatalogServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                OrganizationServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                ChangeServiceServer::new(self.clone()).max_decoding_message_size(MAX_CHANGE),
            )
            .add_service(
                TransferServiceServer::new(self.clone()).max_decoding_message_size(MAX_PIECE),
            )
            .add_service(
                PolicyServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                CalendarServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            )
            .add_service(
                TerminalServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST),
            );
    }
}
