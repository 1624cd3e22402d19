//! Where a process sends what it says of itself, and where its metrics are read.

use std::net::SocketAddr;

use platform::{
    server::listen,
    telemetry::{Export, metrics},
    tls::Clients,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::http_url;
use crate::roles::Role;

/// Where traces and metrics are sent.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// `https://…` or `http://…` of a collector that speaks OTLP over gRPC; absent: nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "http_url")]
    pub endpoint: Option<String>,
    /// Which share of the traces that begin here is sent, from 0 to 1.
    #[serde(deserialize_with = "share")]
    pub ratio: f64,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { endpoint: None, ratio: 1.0 }
    }
}

impl Telemetry {
    /// Where a process that runs these services sends its spans and metrics, if anywhere.
    #[must_use]
    pub fn export(&self, roles: &[Role], clients: Clients) -> Option<Export> {
        let roles = roles.iter().map(|role| role.name()).collect();
        Some(Export { endpoint: self.endpoint.clone()?, clients, ratio: self.ratio, roles })
    }
}

/// Where metrics are read (`GET /metrics`), in the clear.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Metrics {
    /// Address and port; absent: nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// Whether the address may be reached from other machines: whoever reaches it reads the figures.
    pub beyond_loopback: bool,
}

impl Metrics {
    /// Where they are read, if anywhere.
    ///
    /// # Errors
    /// If other machines would reach it, and may not.
    pub fn address(&self) -> Result<Option<SocketAddr>, String> {
        match self.address {
            Some(address) if !address.ip().is_loopback() && !self.beyond_loopback => Err(format!(
                "metrics.address {address} can be reached from other machines, and whoever does reads how \
                 much is served and what is wrong: take a loopback address, or set \
                 metrics.beyond_loopback = true"
            )),
            address => Ok(address),
        }
    }

    /// A process's metrics, and to whom they go.
    ///
    /// # Errors
    /// If they may not be read there, or the address cannot be listened on.
    pub async fn measuring(
        &self,
        roles: &[Role],
        sent: Option<Export>,
    ) -> Result<metrics::Measuring, Box<dyn std::error::Error>> {
        let scraped = match self.address()? {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let metrics = metrics::Metrics::of(&roles, scraped.is_some(), sent.is_some());
        Ok(metrics::Measuring { metrics, scraped, sent })
    }
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    match (0.0..=1.0).contains(&share) {
        true => Ok(share),
        false => Err(D::Error::custom("is no share from 0 to 1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_read_on_this_machine_unless_it_is_said_otherwise() {
        let read = |text: &str| toml::from_str::<Metrics>(text).unwrap().address();
        assert_eq!(read("").unwrap(), None);
        for text in ["address = '127.0.0.1:9419'", "address = '[::1]:9419'"] {
            assert!(read(text).unwrap().is_some());
        }
        let beyond = "address = '0.0.0.0:9419'";
        assert!(read(beyond).unwrap_err().contains("metrics.beyond_loopback"));
        let told = read(&format!("{beyond}\nbeyond_loopback = true")).unwrap();
        assert_eq!(told, Some(SocketAddr::from(([0, 0, 0, 0], 9419))));
    }
}
