//! The configuration of a process: one TOML file; environment variables take the place of its
//! values.

mod documents;
mod exchange;
mod issuers;
mod national;
mod redis;
mod telemetry;
mod terminals;
mod tls;
mod transparency;

use std::{
    fmt, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use intake::config::{Gateway, Messages, QuietHours, RatingLimits, wrong_link};
use platform::{
    crypto::Suite,
    database::Location,
    documents::Address,
    telemetry::{LogFormat, is_level},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

pub use documents::Documents;
pub use exchange::{Exchange, Reporting};
pub use issuers::IssuerSettings;
pub use national::{National, Telling, dialect};
pub use redis::Redis;
pub use telemetry::{Metrics, Telemetry};
pub use terminals::Terminals;
pub use tls::{Access, Plaintext, Tls};
pub use transparency::Transparency;

/// Everything that can be configured; every key has a default but the keys' folder.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where to listen.
    pub listen: Listen,
    /// How it speaks TLS.
    pub tls: Tls,
    /// Where the stores are.
    pub database: Database,
    /// The bus between processes.
    pub redis: Redis,
    /// The deployment's keys.
    pub keys: KeyFolder,
    /// Identity platforms whose tokens are taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<IssuerSettings>,
    /// Where the other services answer, for a process that runs only some.
    pub peers: Peers,
    /// What the catalog publishes when it starts.
    pub catalog: Catalog,
    /// How terminals register, and when one is silent.
    pub terminals: Terminals,
    /// What the process says about itself.
    pub log: Log,
    /// Where its traces and metrics go.
    pub telemetry: Telemetry,
    /// Where its metrics are read.
    pub metrics: Metrics,
    /// How raters are written to.
    pub notifier: Notifier,
    /// How often one service act can be rated.
    pub ratings: Ratings,
    /// Where documents are kept.
    pub documents: Documents,
    /// How the public log is signed.
    pub transparency: Transparency,
    /// The upper platform it reports to.
    pub exchange: Exchange,
    /// The platform of another make it reports to.
    pub national: National,
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

/// The deployment's keys.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct KeyFolder {
    /// Holds `verifying.pem`, `peer.pem`, `hashing.key`, `sealing.key` and, once keys were changed,
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
    /// `https://…` or `http://…` of the catalog.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "http_url")]
    pub catalog: Option<String>,
    /// `https://…` or `http://…` of intake.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "http_url")]
    pub intake: Option<String>,
    /// `https://…` or `http://…` of ticketing.
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

/// How raters are written to (短信); nobody is without `url` or `file`.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Notifier {
    /// `https://…` or `http://…` of an SMS gateway.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "gateway_url")]
    pub url: Option<String>,
    /// What the gateway knows us by.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "secret")]
    pub secret: Option<String>,
    /// PEM certificates to know the gateway by; the system's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// In a gateway's place, a file that takes a line for each message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Where to rate, with `{token}` for the invitation's.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "link")]
    pub link: Option<String>,
    /// Where to look up cases, ratings and what became of them: an address, or words.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "look_up")]
    pub look_up: Option<String>,
    /// When nobody is disturbed, in China.
    #[serde(deserialize_with = "quiet_hours")]
    pub quiet: String,
    /// Who writes.
    #[serde(deserialize_with = "signature")]
    pub signature: String,
}

impl Default for Notifier {
    fn default() -> Self {
        Self {
            url: None,
            secret: None,
            ca: None,
            file: None,
            link: None,
            look_up: None,
            quiet: "21:00-08:00".to_owned(),
            signature: "【政务服务】".to_owned(),
        }
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notifier")
    }
}

impl Notifier {
    /// The file of development, if nothing is configured: whoever reads it plays the phone.
    #[must_use]
    pub fn or_file(self, file: &Path) -> Self {
        if self.url.is_some() || self.file.is_some() {
            return self;
        }
        let or = |configured: Option<String>, sample: &str| {
            Some(configured.unwrap_or_else(|| sample.to_owned()))
        };
        Self {
            file: Some(file.to_owned()),
            link: or(self.link, "https://example.gov.cn/r/{token}"),
            look_up: or(self.look_up, "https://example.gov.cn/my"),
            ..self
        }
    }

    /// Whether nothing was said that only makes sense with a gateway.
    fn names_nothing(&self) -> bool {
        let given = [self.secret.is_some(), self.ca.is_some(), self.link.is_some()];
        !given.contains(&true) && self.look_up.is_none()
    }

    /// How raters are written to, if they are.
    ///
    /// # Errors
    /// Names the key that is missing, or should be, or the file that cannot be read.
    pub fn messages(&self) -> Result<Option<Messages>, String> {
        let missing = |key: &str| format!("notifier.{key} is not configured");
        let gateway = match (&self.url, &self.file) {
            (None, None) if self.names_nothing() => return Ok(None),
            (None, None) => return Err(format!("{}, nor notifier.file", missing("url"))),
            (Some(_), Some(_)) => {
                return Err("notifier.url and notifier.file exclude each other".to_owned());
            }
            (None, Some(file)) => Gateway::File(file.clone()),
            (Some(url), None) => Gateway::Http {
                url: url.clone(),
                secret: self.secret.clone().ok_or_else(|| missing("secret"))?,
                ca: match &self.ca {
                    None => None,
                    Some(path) => Some(
                        fs::read(path)
                            .map_err(|error| format!("notifier.ca: {}: {error}", path.display()))?,
                    ),
                },
            },
        };
        let quiet = QuietHours::parse(&self.quiet);
        Ok(Some(Messages {
            gateway,
            link: self.link.clone().ok_or_else(|| missing("link"))?,
            look_up: self.look_up.clone().ok_or_else(|| missing("look_up"))?,
            signature: self.signature.clone(),
            quiet: quiet.map_err(|why| format!("notifier.quiet {why}"))?,
        }))
    }
}

/// How often one service act can be rated, by all ratings that supersede each other; 0: any number, for a
/// deployment that is measured.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ratings {
    /// In all.
    pub per_act: u32,
    /// Within a minute.
    pub per_minute: u32,
}

impl Default for Ratings {
    fn default() -> Self {
        let RatingLimits { per_act, per_minute } = RatingLimits::default();
        Self { per_act, per_minute }
    }
}

impl Ratings {
    /// As intake takes them.
    #[must_use]
    pub fn limits(&self) -> RatingLimits {
        RatingLimits { per_act: self.per_act, per_minute: self.per_minute }
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

fn http_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let is_http = |url: &str| {
        let endpoint = tonic::transport::Endpoint::from_shared(url.to_owned());
        endpoint.is_ok_and(|endpoint| matches!(endpoint.uri().scheme_str(), Some("http" | "https")))
    };
    let wrong = |url: &str| (!is_http(url)).then(|| "is no http:// or https:// address".to_owned());
    checked(deserializer, wrong).map(Some)
}

fn gateway_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let is_http = |url: &str| {
        let uri = url.parse::<tonic::codegen::http::Uri>();
        uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
    };
    let wrong = |url: &str| (!is_http(url)).then(|| "is no http:// or https:// address".to_owned());
    checked(deserializer, wrong).map(Some)
}

fn documents_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let wrong = |url: &str| Address::parse(url).err().map(str::to_owned);
    checked(deserializer, wrong).map(Some)
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    // The value itself is never told.
    let wrong = |text: &str| (!plain(text)).then(|| "is empty, or not plain ASCII".to_owned());
    checked(deserializer, wrong).map(Some)
}

fn link<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, |link| wrong_link(link).map(str::to_owned)).map(Some)
}

/// Words that stand in a message: of one line, and not without end.
fn wrong_words(text: &str) -> Option<String> {
    let line = !text.trim().is_empty() && !text.chars().any(char::is_control);
    (!line || text.chars().count() > 100)
        .then(|| "is not 1 to 100 characters of one line".to_owned())
}

fn look_up<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    checked(deserializer, wrong_words).map(Some)
}

fn signature<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, wrong_words)
}

fn quiet_hours<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |hours| QuietHours::parse(hours).err().map(str::to_owned))
}

fn log_level<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(deserializer, |level| (!is_level(level)).then(|| "is no level or filter".to_owned()))
}

impl Settings {
    /// The settings as TOML, secrets hidden.
    ///
    /// # Errors
    /// If they cannot be written as TOML.
    pub fn print(&self) -> Result<String, toml::ser::Error> {
        let mut shown = self.clone();
        shown.database.url = hide_password(&hide_parameter(&shown.database.url));
        shown.redis.url = shown.redis.url.as_deref().map(hide_password);
        let peers = &mut shown.peers;
        for endpoint in [
            &mut peers.catalog,
            &mut peers.intake,
            &mut peers.ticketing,
            &mut shown.telemetry.endpoint,
            &mut shown.notifier.url,
            &mut shown.notifier.link,
            &mut shown.notifier.look_up,
            &mut shown.documents.endpoint,
            &mut shown.exchange.upstream,
        ] {
            *endpoint = endpoint.as_deref().map(hide_user);
        }
        shown.notifier.url = shown.notifier.url.as_deref().map(hide_parameters);
        shown.national = shown.national.shown();
        for issuer in &mut shown.issuers {
            issuer.jwks = hide_parameters(&hide_user(&issuer.jwks));
        }
        shown.documents.secret_key = shown.documents.secret_key.map(|_| "***".to_owned());
        shown.notifier.secret = shown.notifier.secret.map(|_| "***".to_owned());
        toml::to_string(&shown)
    }
}

/// An address without the values of its parameters, which can hold a key.
fn hide_parameters(url: &str) -> String {
    url.split_once('?').map_or_else(|| url.to_owned(), |(url, _)| format!("{url}?***"))
}

/// A URL of PostgreSQL without the password among its parameters.
fn hide_parameter(url: &str) -> String {
    let Some((url, query)) = url.split_once('?') else { return url.to_owned() };
    let hidden = query.split('&').map(|pair| match pair.split_once('=') {
        Some(("password", _)) => "password=***",
        _ => pair,
    });
    format!("{url}?{}", hidden.collect::<Vec<_>>().join("&"))
}

/// A URL with the password between `:` and `@` hidden.
fn hide_password(url: &str) -> String {
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:***@{host}"))
    };
    hidden().unwrap_or_else(|| url.to_owned())
}

/// An address without what stands before its host: a name there can be a token.
fn hide_user(url: &str) -> String {
    let hidden = || {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (_, host) = rest[..end].rsplit_once('@')?;
        Some(format!("{scheme}://***@{host}{}", &rest[end..]))
    };
    hidden().unwrap_or_else(|| url.to_owned())
}

#[cfg(test)]
mod tests;
