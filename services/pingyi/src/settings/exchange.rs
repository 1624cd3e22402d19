//! The upper platform that an installation reports to.

use std::path::PathBuf;

use domain::codes::RegionCode;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::http_url;

/// The exchange with an upper platform (上报); nothing is reported without `upstream`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Exchange {
    /// `https://…` of the upper platform, or `http://…` of what speaks TLS with it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "http_url")]
    pub upstream: Option<String>,
    /// A file with the access token that it gave this installation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<PathBuf>,
    /// This installation's region (GB/T 2260), under which its facts go up; never changed afterwards. An
    /// installation that reports to nobody may name it, too: then nobody reports this region to it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "region")]
    pub region: Option<String>,
}

/// Where facts go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reporting {
    /// The upper platform's address, and the token's file; none if there is no upper platform.
    pub to: Option<(String, PathBuf)>,
    /// This installation's region.
    pub region: RegionCode,
}

impl Exchange {
    /// Where facts go, and the region if it is known.
    ///
    /// # Errors
    /// Names the key that is missing.
    pub fn reporting(&self) -> Result<Option<Reporting>, String> {
        let missing = |key: &str| format!("exchange.{key} is not configured");
        let to = match (self.upstream.clone(), self.token.clone()) {
            (Some(upstream), Some(token)) => Some((upstream, token)),
            (Some(_), None) => return Err(missing("token")),
            (None, Some(_)) => return Err(missing("upstream")),
            (None, None) => None,
        };
        let region = match self.region.as_deref() {
            Some(region) => RegionCode::parse(region),
            None if to.is_some() => return Err(missing("region")),
            None => return Ok(None),
        };
        let region = region.map_err(|why| format!("exchange.region {why}"))?;
        Ok(Some(Reporting { to, region }))
    }
}

fn region<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    RegionCode::parse(&text).map_err(D::Error::custom)?;
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_what_reporting_upward_lacks_is_named_by_its_key() {
        let read = |text: &str| {
            let read = toml::from_str::<Exchange>(text).map_err(|error| error.to_string());
            read.and_then(|exchange| exchange.reporting())
        };
        assert_eq!(read(""), Ok(None));
        let (to, token) = ("upstream = 'http://city:7419'\n", "token = 'x'\n");
        for (text, said) in [
            (token.to_owned(), "exchange.upstream is not"),
            (to.to_owned(), "exchange.token is not"),
            (format!("{to}{token}"), "exchange.region is not"),
            ("upstream = 'city:7419'".to_owned(), "is no http:// or https:// address"),
            ("region = '6523'".to_owned(), "6, 9 or 12 digits"),
            ("up = 'x'".to_owned(), "unknown field `up`"),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
        let reporting = read(&format!("{to}{token}region = '652301000000'")).unwrap().unwrap();
        assert_eq!(reporting.region.as_str(), "652301");
        assert_eq!(reporting.to, Some(("http://city:7419".to_owned(), "x".into())));
        let highest = read("region = '000000'").unwrap().unwrap();
        assert_eq!((highest.region.as_str(), highest.to), ("000000", None));
    }
}
