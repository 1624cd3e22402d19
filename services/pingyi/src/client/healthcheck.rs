//! `pingyi healthcheck`: whether a process serves, and if not, why.

use std::{path::PathBuf, time::Duration};

use platform::{health, status::causes, tls::Clients};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::roles::Role;

/// Which process is asked.
#[derive(clap::Args, Clone, Debug)]
pub struct Asked {
    /// Its address, HOST:PORT
    #[arg(long, default_value = "127.0.0.1:7419")]
    address: String,
    /// It speaks TLS: the authorities to know it by, in PEM
    #[arg(long, value_name = "FILE", requires = "name")]
    ca: Option<PathBuf>,
    /// One of the names in its certificate, since it is asked by its address
    #[arg(long, requires = "ca")]
    name: Option<String>,
    /// Whether this gRPC service is served, and not everything
    #[arg(long, default_value = "")]
    service: String,
}

/// Asks a process.
///
/// # Errors
/// Says what it cannot do.
pub async fn run(asked: Asked) -> Result<(), Box<dyn std::error::Error>> {
    let Asked { address, ca, name, service } = asked;
    let patience = Duration::from_secs(3);
    let clients = Clients::new(ca.as_deref(), None)?;
    let (scheme, clients) = match name {
        Some(name) => {
            ("https", clients.named(&name).map_err(|_| format!("--name {name}: is no name"))?)
        }
        None => ("http", clients),
    };
    let endpoint = format!("{scheme}://{address}");
    let asking =
        clients.connect(&endpoint, |endpoint| endpoint.connect_timeout(patience).timeout(patience));
    let channel = asking.await?.map_err(|error| {
        let why = causes(&error);
        format!("{address} does not answer: {why}")
    })?;
    let mut client = HealthClient::new(channel);
    let mut check = async |service: String| {
        let answer = client.check(HealthCheckRequest { service }).await?;
        Ok::<_, tonic::Status>(answer.into_inner().status())
    };
    let answer = check(service).await;
    let answer = answer.map_err(|status| format!("{address} refuses: {}", status.message()))?;
    if answer == ServingStatus::Serving {
        return Ok(());
    }
    let mut why = Vec::new();
    for role in Role::ALL {
        let [store, history] = health::parts(role.name());
        if matches!(check(store).await, Ok(ServingStatus::NotServing)) {
            why.push(format!("{role} cannot write to its store"));
        }
        if matches!(check(history).await, Ok(ServingStatus::NotServing)) {
            why.push(format!(
                "{role} has applied facts that their producer no longer has: see `pingyi reconcile {role}`"
            ));
        }
    }
    let why = if why.is_empty() { "it is stopping".to_owned() } else { why.join("; ") };
    Err(format!("{address} is {}: {why}", answer.as_str_name()).into())
}

/// What is asked for with these arguments.
#[cfg(test)]
pub(crate) fn asked(arguments: &[&str]) -> Asked {
    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        asked: Asked,
    }
    let arguments = std::iter::once("healthcheck").chain(arguments.iter().copied());
    <Cli as clap::Parser>::parse_from(arguments).asked
}
