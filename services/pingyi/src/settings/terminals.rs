//! How terminals register, and when one is silent.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use platform::tls::TerminalAuthority;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// How terminals are looked after, by the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terminals {
    /// The authority that signs certificates of terminals, in PEM: its certificate, then those up to one
    /// of `tls.client_ca`; absent: no terminal can register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    /// Its private key, in PKCS#8 PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// For how many days a certificate is good.
    #[serde(deserialize_with = "days")]
    pub certificate_days: u16,
    /// After how many minutes without a word a terminal is silent.
    #[serde(deserialize_with = "minutes")]
    pub silent_minutes: u16,
}

impl Default for Terminals {
    fn default() -> Self {
        Self { certificate: None, key: None, certificate_days: 90, silent_minutes: 15 }
    }
}

impl Terminals {
    /// As the catalog takes them.
    ///
    /// # Errors
    /// Names the key that is missing, or the file that is of no use.
    pub fn read(&self, now: Timestamp) -> Result<catalog::config::Terminals, String> {
        let authority = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                let read = TerminalAuthority::read(certificate, key, now);
                Some(read.map_err(|error| format!("terminals.certificate: {error}"))?)
            }
            (Some(_), None) => return Err("terminals.key is not configured".to_owned()),
            (None, Some(_)) => return Err("terminals.certificate is not configured".to_owned()),
            (None, None) => None,
        };
        Ok(catalog::config::Terminals {
            authority,
            certificate_for: SignedDuration::from_hours(24 * i64::from(self.certificate_days)),
            silent_after: SignedDuration::from_mins(self.silent_minutes.into()),
        })
    }
}

fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        days @ 1..=366 => Ok(days),
        _ => Err(D::Error::custom("is not 1 to 366 days")),
    }
}

fn minutes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    match u16::deserialize(deserializer)? {
        minutes @ 2..=1_440 => Ok(minutes),
        _ => Err(D::Error::custom("is not 2 to 1440 minutes: a terminal is heard once a minute")),
    }
}

#[cfg(test)]
mod tests {
    use platform::clock::Clock;

    use super::*;

    #[test]
    fn s04_how_terminals_register_is_read_and_what_is_wrong_is_named() {
        let read = |text: &str| {
            let settings: Terminals = toml::from_str(text).map_err(|error| error.to_string())?;
            settings.read(Clock::System.now())
        };
        let plain = read("").unwrap();
        assert!(plain.authority.is_none());
        assert_eq!(plain.silent_after, SignedDuration::from_mins(15));
        let told = |text: &str| read(text).map(drop).unwrap_err();
        assert_eq!(told("certificate = 'a'"), "terminals.key is not configured");
        assert_eq!(told("key = 'a'"), "terminals.certificate is not configured");
        let lost = told("certificate = '/nowhere/ca.crt'\nkey = 'a'");
        assert!(lost.contains("terminals.certificate: /nowhere/ca.crt: No such file"), "{lost}");
        assert!(told("certificate_days = 0").contains("is not 1 to 366 days"));
        assert!(told("silent_minutes = 1").contains("is not 2 to 1440 minutes"));
    }
}
