//! Serving gRPC: health and reflection beside the services, limits on what callers can hold, and an
//! orderly end.

mod bodies;
mod connections;
mod door;
#[cfg(test)]
mod tests;
mod undecodable;
mod wire;

use std::{net::SocketAddr, time::Duration};

use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio::net::TcpListener;
use tonic::{body::Body, service::RoutesBuilder, transport::Server};
use tower::util::MapResponseLayer;

use bodies::Bounds;
use connections::{Connections, Incoming};
pub use door::{Door, OwnCalls};

use crate::{
    health::{self, Duty},
    stop::Stop,
    telemetry::rpc::Traces,
};

/// How long running calls may take to finish once the process must stop.
const HARD_LIMIT: Duration = Duration::from_secs(25);
/// How often an idle connection is checked, so that a dead peer is noticed, and how long the peer
/// may take to answer.
const KEEPALIVE: Duration = Duration::from_secs(30);
const ALIVE_WITHIN: Duration = Duration::from_secs(10);
/// How many calls a connection has under way at once; a client that wants more waits.
const CALLS: u32 = 256;
/// How many bytes a call may send before they are read: small messages arrive at once, large ones
/// in a flow.
const CALL_WINDOW: u32 = 64 << 10;
/// The same for all calls of a connection.
const CONNECTION_WINDOW: u32 = 1 << 20;
/// The largest request that most services take, in bytes: a form with all its words.
pub const MAX_REQUEST: usize = 64 << 10;
/// The largest request to health or reflection.
const MAX_QUESTION: usize = 4 << 10;
/// The largest headers: a token is the largest of them.
const HEADERS: u32 = 16 << 10;
/// The name whose health means that the process lives. It stays healthy while the process drains: a
/// supervisor that restarts dead processes must not mistake an orderly end for a dead one.
const ALIVE: &str = "grpc.health.v1.Health";

/// Why serving failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}{}", hint(.source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The contracts cannot be reflected.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("transport: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptors of the contracts cannot be read.
    #[error("descriptors: {0}")]
    Descriptors(#[from] prost::DecodeError),
}

/// Limits on what callers can hold, so that nobody blocks the service for others. An honest caller
/// on a bad network does not reach the limits of time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once. Beyond that, the one unused for longest is closed.
    pub connections: usize,
    /// How long a new connection may send nothing.
    pub first_word: Duration,
    /// How long a message may take from its first byte to its last.
    pub message: Duration,
    /// How long a call may send nothing before its end.
    pub silence: Duration,
    /// How long an answer may wait to be read.
    pub unread: Duration,
    /// Bytes of incomplete messages, and bytes of unread answers, of all callers together. Beyond
    /// that, those that were there at the last check are dropped.
    pub held: usize,
    /// How often to check.
    pub look: Duration,
}

impl Limits {
    /// The default limits. Connections may use half of the process's descriptors, at most 4,096.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            connections: (descriptors() / 2).clamp(64, 4_096),
            first_word: Duration::from_secs(10),
            message: Duration::from_secs(30),
            silence: Duration::from_secs(60),
            unread: Duration::from_secs(30),
            held: 32 << 20,
            look: Duration::from_secs(1),
        }
    }
}

/// How many descriptors the process may have; a usual number if the system does not show it.
pub(crate) fn descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    soft.unwrap_or(1_024)
}

/// A hint for the operator.
fn hint(why: &std::io::Error) -> &'static str {
    match why.kind() {
        std::io::ErrorKind::AddrInUse => {
            "; another `cargo run` or `pingyi serve` may be up: end it, or set PINGYI__LISTEN__ADDRESS"
        }
        _ => "",
    }
}

/// Listens on an address; port 0 means any free one.
///
/// # Errors
/// [`ServeError::Listen`].
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

/// Serves until stopped. Then readiness fails first; after `drain`, when load balancers have
/// noticed, no new connections are accepted, and running calls finish within the hard limit.
///
/// `duties` are the services in `routes` and what they need; `seen` traces and measures calls;
/// `limits` limit what callers can hold.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    door: impl Into<Door>,
    mut routes: RoutesBuilder,
    duties: Vec<Duty>,
    seen: Traces,
    drain: Duration,
    stop: Stop,
    limits: Limits,
) -> Result<(), ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status(ALIVE, tonic_health::ServingStatus::Serving).await;
    let services: Vec<&'static str> =
        duties.iter().flat_map(|duty| duty.services.iter().copied()).collect();
    let watching = tokio::spawn(health::keep(reporter.clone(), duties, stop.clone()));
    let contracts = FileDescriptorSet::decode(proto::DESCRIPTORS)?;
    let (v1, v1alpha) = (reflection(&contracts, &services), reflection(&contracts, &services));
    routes
        .add_service(health.max_decoding_message_size(MAX_QUESTION))
        .add_service(v1.build_v1()?.max_decoding_message_size(MAX_QUESTION))
        .add_service(v1alpha.build_v1alpha()?.max_decoding_message_size(MAX_QUESTION));

    let ending = stop.clone();
    let ready: Vec<String> = services.iter().map(|service| (*service).to_owned()).collect();
    let orderly = async move {
        ending.stopped().await;
        // By then it has sent its last report.
        let _ = watching.await;
        for service in ready.iter().map(String::as_str).chain([""]) {
            reporter.set_service_status(service, tonic_health::ServingStatus::NotServing).await;
        }
        tokio::time::sleep(drain).await;
    };
    let incoming = Incoming::new(door.into(), Connections::new(limits, stop.clone()));
    let serving = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(ALIVE_WITHIN))
        .http2_max_header_list_size(HEADERS)
        .max_concurrent_streams(CALLS)
        .initial_stream_window_size(CALL_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .layer(Bounds::layer())
        .layer(seen)
        .layer(MapResponseLayer::new(undecodable::corrected::<Body>))
        .add_routes(routes.routes())
        .serve_with_incoming_shutdown(incoming, orderly);
    let cut_off = async {
        stop.stopped().await;
        tokio::time::sleep(drain + HARD_LIMIT).await;
    };
    tokio::select! {
        served = serving => Ok(served?),
        () = cut_off => {
            tracing::warn!("calls that had not ended at the hard limit were stopped");
            Ok(())
        }
    }
}

fn reflection<'a>(
    contracts: &FileDescriptorSet,
    services: &[&'a str],
) -> tonic_reflection::server::Builder<'a> {
    let mut builder = tonic_reflection::server::Builder::configure()
        .register_file_descriptor_set(contracts.clone())
        .include_reflection_service(false);
    for service in services {
        builder = builder.with_service_name(*service);
    }
    builder
}
