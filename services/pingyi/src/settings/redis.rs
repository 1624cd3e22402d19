//! The bus between processes.

use std::path::PathBuf;

use platform::{
    bus::{Bus, is_redis_url},
    keys::Keys,
};
use serde::{Deserialize, Deserializer, Serialize};

use super::checked;

/// The bus between processes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Redis {
    /// `rediss://…` or `redis://…`; absent only where one process runs every service.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "redis_url")]
    pub url: Option<String>,
    /// The authorities to know a `rediss://` server by, in PEM; absent: the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
}

impl Redis {
    /// The bus, if one is configured.
    ///
    /// # Errors
    /// Names the key, and the file.
    pub fn bus(&self, keys: &Keys) -> Result<Option<Bus>, String> {
        let Some(url) = &self.url else { return Ok(None) };
        let bus = Bus::redis(url, keys).map_err(|error| format!("redis.url: {error}"))?;
        let wrong = |error| {
            let ca = self.ca.as_ref().map(|ca| ca.display().to_string()).unwrap_or_default();
            format!("redis.ca: {ca}: {error}")
        };
        bus.with_authorities(self.ca.as_deref()).map(Some).map_err(wrong)
    }
}

fn redis_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let wrong =
        |url: &str| (!is_redis_url(url)).then(|| "is no redis:// or rediss:// URL".to_owned());
    checked(deserializer, wrong).map(Some)
}

#[cfg(test)]
mod tests {
    use platform::testing::certificates::Authority;

    use super::*;

    #[test]
    fn s04_what_redis_lacks_is_named_and_nobody_is_believed_blindly() {
        let read = |text: &str| toml::from_str::<Redis>(text).map_err(|why| why.to_string());
        for url in ["redis://[", "rediss://redis:6380/#insecure", "http://redis"] {
            let refused = read(&format!("url = '{url}'")).unwrap_err();
            assert!(refused.contains("is no redis:// or rediss:// URL"), "{refused}");
        }
        let (folder, keys) = (tempfile::tempdir().unwrap(), Keys::make());
        let ca = Authority::new().write(folder.path(), "ca.crt");
        let with = |scheme: &str, ca: &std::path::Path| {
            let text = format!("url = '{scheme}://user:secret@redis:6380'\nca = {ca:?}");
            read(&text).unwrap().bus(&keys).map(|bus| bus.is_some())
        };
        assert_eq!(with("rediss", &ca), Ok(true));
        let refused = with("rediss", &folder.path().join("nowhere")).unwrap_err();
        assert!(refused.contains("redis.ca: ") && refused.contains("nowhere"), "{refused}");
        assert_eq!(with("redis", &folder.path().join("nowhere")), Ok(true), "it is not used");
        assert!(read("").unwrap().bus(&keys).unwrap().is_none());
    }
}
