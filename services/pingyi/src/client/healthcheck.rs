//! `pingyi healthcheck`: whether a process serves, and if not, why.

use std::{net::SocketAddr, time::Duration};

use platform::health;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::roles::Role;

/// Asks a process.
///
/// # Errors
/// Says what it cannot do.
pub async fn run(address: SocketAddr) -> Result<(), Box<dyn std::error::Error>> {
    let patience = Duration::from_secs(3);
    let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{address}"))?;
    let channel = endpoint.connect_timeout(patience).timeout(patience).connect().await;
    let channel = channel.map_err(|error| format!("{address} does not answer: {error}"))?;
    let mut client = HealthClient::new(channel);
    let mut check = async |service: String| {
        let answer = client.check(HealthCheckRequest { service }).await?;
        Ok::<_, tonic::Status>(answer.into_inner().status())
    };
    let answer = check(String::new()).await;
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
