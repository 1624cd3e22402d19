//! The configuration of a process: one TOML file, the environment laid over it.

use std::{net::SocketAddr, path::PathBuf};

use platform::{
    bus::is_redis_url,
    crypto::Suite,
    database::Location,
    telemetry::{Export, LogFormat, is_level},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::roles::Role;

/// Everything that can be configured; every key has a default but the keys' folder.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where to listen.
    pub listen: Listen,
    /// Where the stores are.
    pub database: Database,
    /// The bus between processes.
    pub redis: Redis,
    /// The deployment's keys.
    pub keys: KeyFolder,
    /// Where the other services answer, for a process that runs only some.
    pub peers: Peers,
    /// What the catalog publishes when it starts.
    pub catalog: Catalog,
    /// What the process says about itself.
    pub log: Log,
    /// Where its traces go.
    pub telemetry: Telemetry,
    /// How the process ends.
    pub shutdown: Shutdown,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 7419)) }
    }
}

/// Where the stores are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `postgres://…`, one schema a service; or `sqlite:FOLDER`, one file a service.
    #[serde(deserialize_with = "database_url")]
    pub url: String,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite:.pingyi/data".to_owned() }
    }
}

/// The bus between processes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Redis {
    /// `redis://…`; absent only where one process runs every service.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "redis_url")]
    pub url: Option<String>,
}

/// The deployment's keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct KeyFolder {
    /// Holds `signing.pem`, `verifying.pem`, `hashing.key`, `sealing.key` and, once keys were changed,
    /// `sealing-2.key` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// `aes` (AES-256-GCM, HMAC-SHA-256) or `sm` (SM4-GCM, HMAC-SM3); chosen before the first start.
    pub suite: Suite,
}

/// Where the other services answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Peers {
    /// `http://…` of the catalog.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "http_url")]
    pub catalog: Option<String>,
    /// `http://…` of intake.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "http_url")]
    pub intake: Option<String>,
    /// `http://…` of ticketing.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "http_url")]
    pub ticketing: Option<String>,
}

/// What the catalog publishes when it starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Catalog {
    /// A folder with `organization.toml`, `items.toml`, `questionnaires.toml`; absent: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<PathBuf>,
}

/// What the process says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// `json` or `text`, on standard error.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, or a filter like `info,intake=debug`.
    #[serde(deserialize_with = "log_level")]
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: "info".to_owned() }
    }
}

/// Where traces go.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// `http://…` of a collector that speaks OTLP over gRPC; absent: none are sent.
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

/// How the process ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Shutdown {
    /// How long readiness fails before no new connections are taken, in seconds.
    pub drain_seconds: u64,
}

/// Takes a text that `wrong` has nothing to say against; told where it stands, like any wrong value.
fn checked<'de, D: Deserializer<'de>>(
    deserializer: D,
    wrong: impl Fn(&str) -> Option<String>,
) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match wrong(&text) {
        None => Ok(text),
        Some(why) => Err(D::Error::custom(why)),
    }
}

fn database_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |url| Location::parse(url).err().map(|why| format!("the URL {why}")))
}

fn redis_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let wrong = |url: &str| (!is_redis_url(url)).then(|| "is no redis:// URL".to_owned());
    checked(deserializer, wrong).map(Some)
}

fn http_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let is_http = |url: &str| {
        let endpoint = tonic::transport::Endpoint::from_shared(url.to_owned());
        endpoint.is_ok_and(|endpoint| endpoint.uri().scheme_str() == Some("http"))
    };
    let wrong = |url: &str| (!is_http(url)).then(|| "is no http:// address".to_owned());
    checked(deserializer, wrong).map(Some)
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    match (0.0..=1.0).contains(&share) {
        true => Ok(share),
        false => Err(D::Error::custom("is no share from 0 to 1")),
    }
}

fn log_level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |level| (!is_level(level)).then(|| "is no level or filter".to_owned()))
}

impl Telemetry {
    /// Where a process that runs these services sends its spans, if anywhere.
    #[must_use]
    pub fn export(&self, roles: &[Role]) -> Option<Export> {
        let roles = roles.iter().map(|role| role.name()).collect();
        Some(Export { endpoint: self.endpoint.clone()?, ratio: self.ratio, roles })
    }
}

impl Settings {
    /// The settings as TOML, secrets hidden.
    ///
    /// # Errors
    /// If they cannot be written as TOML.
    pub fn print(&self) -> Result<String, toml::ser::Error> {
        let mut shown = self.clone();
        shown.database.url = hide_password(&shown.database.url);
        shown.redis.url = shown.redis.url.as_deref().map(hide_password);
        toml::to_string(&shown)
    }
}

/// A URL with the password between `:` and `@` hidden, and its parameters, which can hold one too.
fn hide_password(url: &str) -> String {
    let url = match url.split_once('?') {
        Some((url, _)) => format!("{url}?***"),
        None => url.to_owned(),
    };
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}"))
    };
    hidden().unwrap_or_else(|| url.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_read_again_and_hides_passwords() {
        let mut settings = Settings::default();
        settings.database.url = "postgres://pingyi:p@ss:word@db:5432/pingyi".to_owned();
        assert!(!hide_password("postgres://db/x?password=geheim").contains("geheim"));
        settings.redis.url = Some("redis://:secret@redis:6379".to_owned());
        let printed = settings.print().unwrap();
        assert!(!printed.contains("ss:word") && !printed.contains("secret"), "{printed}");
        assert!(printed.contains("postgres://pingyi:***@db:5432/pingyi"), "{printed}");
        let read: Settings = toml::from_str(&printed).unwrap();
        assert_eq!(read.listen, settings.listen);
    }
}
