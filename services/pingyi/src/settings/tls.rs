//! How a process speaks TLS, and what it would say in the clear.

use std::{fmt, net::IpAddr, path::PathBuf};

use catalog::config::Terminals;
use platform::{
    auth::Issuer,
    clock::Clock,
    tls::{Clients, Identity, ServerTls, TlsError},
};
use serde::{Deserialize, Serialize};
use tonic::codegen::http::Uri;

use super::Settings;
use crate::{cli, roles::Role};

/// How a process speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// What it shows who connects, in PEM: its certificate, then those up to an authority they know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// The certificate's private key, in PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// The authorities from which terminals and peers can have certificates; absent: none are asked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    /// The authorities to know peers, the upper platform and the collector of traces by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// Where bytes may travel in the clear.
    pub plaintext: Plaintext,
}

/// Where bytes may travel in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Plaintext {
    /// Within the machine.
    #[default]
    Loopback,
    /// Anywhere: something else encrypts, or nobody needs it. Every start says so.
    Allowed,
}

/// How a process connects, how it is connected to, and whose word it takes for who calls.
#[derive(Clone, Default)]
pub struct Access {
    /// What it shows who connects; none: it listens in the clear.
    pub server: Option<ServerTls>,
    /// How it connects to others.
    pub clients: Clients,
    /// Who signs tokens for it, beside its own keys.
    pub issuers: Vec<Issuer>,
    /// How terminals get certificates from it, if the catalog runs here.
    pub terminals: Terminals,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers: Vec<&str> = self.issuers.iter().map(Issuer::name).collect();
        let tls = self.server.is_some();
        f.debug_struct("Access").field("tls", &tls).field("issuers", &issuers).finish()
    }
}

impl Tls {
    /// Reads the certificates.
    ///
    /// # Errors
    /// Names the key and the file.
    pub fn access(&self, clock: Clock) -> Result<Access, String> {
        let told = |key: &str| {
            let key = key.to_owned();
            move |error: TlsError| format!("tls.{key}: {error}")
        };
        let server = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                let identity = Identity { certificate: certificate.clone(), key: key.clone() };
                let read = ServerTls::read(&identity, self.client_ca.clone(), clock);
                Some(read.map_err(told("certificate"))?)
            }
            (Some(_), None) => return Err("tls.key is not configured".to_owned()),
            (None, Some(_)) => return Err("tls.certificate is not configured".to_owned()),
            (None, None) if self.client_ca.is_some() => {
                return Err(
                    "tls.certificate is not configured, and tls.client_ca needs it".to_owned()
                );
            }
            (None, None) => None,
        };
        Ok(Access { server, clients: self.clients()?, ..Access::default() })
    }

    /// How a process connects to others.
    ///
    /// # Errors
    /// Names the file.
    pub fn clients(&self) -> Result<Clients, String> {
        Clients::new(self.ca.as_deref(), None).map_err(|error| format!("tls.ca: {error}"))
    }
}

impl Settings {
    /// Which of a process's ways leave the machine in the clear: each with its key.
    #[must_use]
    pub fn in_the_clear(&self, roles: &[Role]) -> Vec<String> {
        let mut clear = Vec::new();
        let address = self.listen.address;
        if self.tls.certificate.is_none() && !address.ip().is_loopback() {
            clear.push(format!("listen.address {address} has no tls.certificate"));
        }
        let (peers, has) = (&self.peers, |role| roles.contains(&role));
        let addresses = [
            ("peers.catalog", &peers.catalog, !has(Role::Catalog)),
            ("peers.intake", &peers.intake, !has(Role::Intake)),
            ("peers.ticketing", &peers.ticketing, !has(Role::Ticketing)),
            ("exchange.upstream", &self.exchange.upstream, has(Role::Publication)),
            ("national.url", &self.national.url, has(Role::Publication)),
            ("telemetry.endpoint", &self.telemetry.endpoint, true),
            ("notifier.url", &self.notifier.url, has(Role::Intake)),
            ("documents.endpoint", &self.documents.endpoint, true),
        ];
        for (key, address, used) in addresses {
            if address.as_deref().is_some_and(|address| used && leaves_in_the_clear(address)) {
                clear.push(format!("{key} is http://"));
            }
        }
        let keys = self.issuers.iter().filter(|issuer| leaves_in_the_clear(&issuer.jwks));
        clear.extend(keys.map(|one| format!("issuers, {}: jwks is http://", one.issuer)));
        let covered = ["rediss:", "redis+unix:", "unix:", "valkeys:", "valkey+unix:"];
        if self
            .redis
            .url
            .as_deref()
            .is_some_and(|url| !covered.iter().any(|scheme| url.starts_with(scheme)) && leaves(url))
        {
            clear.push("redis.url is redis://, not rediss://".to_owned());
        }
        if cli::location(self).is_ok_and(|location| location.is_in_the_clear()) {
            clear.push("database.url has no sslmode=verify-full".to_owned());
        }
        clear
    }

    /// Refuses what would travel in the clear, unless it may; then says so.
    ///
    /// # Errors
    /// Names every way and the switch.
    pub fn allow_plaintext(&self, roles: &[Role]) -> Result<(), String> {
        let clear = self.in_the_clear(roles);
        if clear.is_empty() {
            return Ok(());
        }
        let ways = clear.join("; ");
        match self.tls.plaintext {
            Plaintext::Loopback => Err(format!(
                "tokens and persons' data would leave this machine in the clear: {ways}. Configure \
                 TLS, or set tls.plaintext = \"allowed\" where something else encrypts"
            )),
            Plaintext::Allowed => {
                tracing::warn!(
                    ways,
                    "tls.plaintext is \"allowed\": tokens and persons' data pass in the clear \
                     unless something in front of it speaks TLS"
                );
                Ok(())
            }
        }
    }
}

fn leaves_in_the_clear(address: &str) -> bool {
    let scheme = address.get(..5).unwrap_or_default();
    scheme.eq_ignore_ascii_case("http:") && leaves(address)
}

/// Whether what is sent to an address leaves the machine.
fn leaves(address: &str) -> bool {
    let host = address.parse::<Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
    let host = host.unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host != "localhost" && !ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use platform::{config::load, testing::certificates::Authority};

    use super::*;

    fn settings(text: &str) -> Settings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn s04_what_would_leave_the_machine_in_the_clear_is_refused_unless_allowed() {
        let clear = |text: &str, said: &str| {
            let told = settings(text).allow_plaintext(&[Role::Publication]).unwrap_err();
            assert!(told.contains(said), "{told}");
            let allowed = format!("{text}\n[tls]\nplaintext = 'allowed'");
            settings(&allowed).allow_plaintext(&[Role::Publication]).unwrap();
        };
        clear("[listen]\naddress = '0.0.0.0:7419'", "listen.address 0.0.0.0:7419 has no tls");
        clear("[peers]\nintake = 'http://intake:7419'", "peers.intake is http://");
        clear("[exchange]\nupstream = 'http://city:7419'", "exchange.upstream is http://");
        clear("[national]\nurl = 'http://province:80'", "national.url is http://");
        clear("[telemetry]\nendpoint = 'http://10.0.0.1:4317'", "telemetry.endpoint is http://");
        clear("[redis]\nurl = 'redis://redis:6379'", "redis.url is redis://");
        clear("[database]\nurl = 'postgres://a:b@db/x'", "database.url has no sslmode");
        let required = "[database]\nurl = 'postgres://a:b@db/x?sslmode=require'";
        clear(required, "database.url has no sslmode");
    }

    #[test]
    fn s04_tls_the_machine_itself_and_what_a_role_does_not_use_are_let_be() {
        for text in [
            "",
            "[listen]\naddress = '0.0.0.0:7419'\n[tls]\ncertificate = 'a'\nkey = 'b'",
            "[peers]\ncatalog = 'https://catalog:7419'\nintake = 'http://[::1]:7419'",
            "[redis]\nurl = 'rediss://user:secret@redis:6380'",
            "[redis]\nurl = 'redis://localhost:6379'",
            "[telemetry]\nendpoint = 'http://127.0.0.1:4317'",
            "[database]\nurl = 'postgres://a:b@db/x?sslmode=verify-full&sslrootcert=/ca.pem'",
            "[database]\nurl = 'postgres://a:b@localhost/x'",
            "[database]\nurl = 'postgres://a:b@%2Frun%2Fpostgresql/x'",
            "[notifier]\nurl = 'http://gateway/sms'",
        ] {
            assert_eq!(settings(text).in_the_clear(&[Role::Publication]), [""; 0], "{text}");
        }
    }

    #[test]
    fn s04_a_wrong_section_is_named_with_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pingyi.toml");
        for (text, said) in [
            ("\n[tls]\nca = 3", ":3: invalid type"),
            ("[tls]\nplaintext = 'yes'", ":2: unknown variant `yes`"),
            ("[tls]\nclientca = 'a'", ":2: unknown field `clientca`"),
        ] {
            std::fs::write(&file, text).unwrap();
            let told = load::<Settings>(Some(&file), &[]).unwrap_err().to_string();
            assert!(told.contains(&format!("pingyi.toml{said}")), "{told}");
        }
    }

    #[test]
    fn s04_a_certificate_that_is_of_no_use_is_named_by_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new();
        let own = authority.server(folder.path(), "own", &["localhost"]);
        let tls = Tls { certificate: Some(own.certificate), key: Some(own.key), ..Tls::default() };
        assert!(tls.access(Clock::System).unwrap().server.is_some());
        let ca = Some(folder.path().join("nowhere"));
        let half = Tls { key: None, ..tls.clone() }.access(Clock::System).unwrap_err();
        assert_eq!(half, "tls.key is not configured");
        let half = Tls { certificate: None, ..tls.clone() }.access(Clock::System).unwrap_err();
        assert_eq!(half, "tls.certificate is not configured");
        let alone = Tls { client_ca: ca.clone(), ..Tls::default() }.access(Clock::System);
        assert!(alone.unwrap_err().contains("tls.client_ca needs it"));
        let told = Tls { client_ca: ca.clone(), ..tls.clone() }.access(Clock::System);
        assert!(told.unwrap_err().starts_with("tls.certificate: "));
        let told = Tls { ca, ..tls }.access(Clock::System).unwrap_err();
        assert!(told.starts_with("tls.ca: ") && told.contains("nowhere: No such file"), "{told}");
    }
}
