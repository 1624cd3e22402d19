//! Serving gRPC: health and reflection beside the services, and an orderly end.

use std::{net::SocketAddr, time::Duration};

use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio::net::TcpListener;
use tonic::{
    service::RoutesBuilder,
    transport::{Server, server::TcpIncoming},
};

use crate::{
    auth::Gate,
    health::{self, Duty},
    stop::Stop,
    telemetry::rpc::Traced,
};

/// How long calls in flight may take to finish once the process is told to stop.
const HARD_LIMIT: Duration = Duration::from_secs(25);
/// How often an idle connection is checked, so that a dead peer is noticed.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// The name whose health says that the process lives, and goes on saying so while it drains: who
/// restarts what is dead must not take an orderly end for one.
const ALIVE: &str = "grpc.health.v1.Health";

/// Why serving failed.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
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

/// Listens on an address; port 0 takes a free one.
///
/// # Errors
/// [`ServeError::Listen`].
pub async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })
}

/// Serves until stopped: readiness fails first, then `drain` passes so that load balancers notice,
/// then no new connections, and calls in flight finish within the hard limit.
///
/// `duties` are the services in `routes` and what they need; `gate` says whose traces go on here.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    listener: TcpListener,
    mut routes: RoutesBuilder,
    duties: Vec<Duty>,
    gate: Gate,
    drain: Duration,
    stop: Stop,
) -> Result<(), ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status(ALIVE, tonic_health::ServingStatus::Serving).await;
    let services: Vec<&'static str> =
        duties.iter().flat_map(|duty| duty.services.iter().copied()).collect();
    let watching = tokio::spawn(health::keep(reporter.clone(), duties, stop.clone()));
    let contracts = FileDescriptorSet::decode(proto::DESCRIPTORS)?;
    let (v1, v1alpha) = (reflection(&contracts, &services), reflection(&contracts, &services));
    routes.add_service(health).add_service(v1.build_v1()?).add_service(v1alpha.build_v1alpha()?);

    let ending = stop.clone();
    let ready: Vec<String> = services.iter().map(|service| (*service).to_owned()).collect();
    let orderly = async move {
        ending.stopped().await;
        // It has said its last by then.
        let _ = watching.await;
        for service in ready.iter().map(String::as_str).chain([""]) {
            reporter.set_service_status(service, tonic_health::ServingStatus::NotServing).await;
        }
        tokio::time::sleep(drain).await;
    };
    let serving = Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .layer(Traced::by(gate))
        .add_routes(routes.routes())
        .serve_with_incoming_shutdown(
            TcpIncoming::from(listener).with_nodelay(Some(true)),
            orderly,
        );
    let cut_off = async {
        stop.stopped().await;
        tokio::time::sleep(drain + HARD_LIMIT).await;
    };
    tokio::select! {
        served = serving => Ok(served?),
        () = cut_off => {
            tracing::warn!("calls still in flight at the hard limit were cut off");
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
