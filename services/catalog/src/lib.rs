//! Catalog (事项清单): owns items and guides, organisation, policy profiles, calendars and tag
//! lists.
//!
//! Facts out: `ItemPublished`, `AgencyPublished`, `TerminalPublished`, `ProfilePublished`,
//! `CalendarPublished`, `TagListPublished`. Facts in: none.

mod convert;
mod entity;
mod error;
mod facts;
mod grpc;
pub mod jobs;
mod migration;
mod rpc;
mod store;

pub use error::Error;
pub use migration::Migrator;

use std::sync::{Arc, Mutex};

use platform::{database::Store, reference::Snapshot, shell::Shell};
use proto::catalog::v1::{
    calendar_service_server::CalendarServiceServer, catalog_service_server::CatalogServiceServer,
    policy_service_server::PolicyServiceServer,
};
use tonic::service::RoutesBuilder;

/// The service's name: its schema, its file, the producer of its facts.
pub const NAME: &str = "catalog";
/// The gRPC services it answers.
pub const SERVICES: [&str; 3] = [
    "pingyi.catalog.v1.CatalogService",
    "pingyi.catalog.v1.PolicyService",
    "pingyi.catalog.v1.CalendarService",
];

/// The running service.
#[derive(Clone)]
pub struct Catalog {
    store: Store,
    shell: Shell,
    /// Profiles and calendar, parsed once per position of the last fact.
    documents: Arc<Mutex<(i64, Arc<Snapshot>)>>,
}

impl Catalog {
    /// The service over its store.
    #[must_use]
    pub fn new(store: Store, shell: Shell) -> Self {
        Self { store, shell, documents: Arc::new(Mutex::new((-1, Arc::default()))) }
    }

    /// Adds its gRPC services.
    pub fn add_to(&self, routes: &mut RoutesBuilder) {
        routes
            .add_service(CatalogServiceServer::new(self.clone()))
            .add_service(PolicyServiceServer::new(self.clone()))
            .add_service(CalendarServiceServer::new(self.clone()));
    }
}
