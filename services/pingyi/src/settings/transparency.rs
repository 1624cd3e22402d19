//! How the public log is signed.

use platform::tlog::{LogKey, TlogError, WitnessKey, is_name};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// The public log of ratings (透明日志).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transparency {
    /// Its name, a schema-less URL; chosen before the first start, since everybody knows the log by it.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// The public keys of the witnesses whose co-signatures are taken, each "name+hash+key".
    #[serde(deserialize_with = "witnesses")]
    pub witnesses: Vec<String>,
}

impl Default for Transparency {
    fn default() -> Self {
        Self { name: "localhost/ratings".to_owned(), witnesses: Vec::new() }
    }
}

impl Transparency {
    /// The log's key under its name.
    ///
    /// # Errors
    /// [`TlogError`] if it is no key.
    pub fn key(&self, pem: &str) -> Result<LogKey, TlogError> {
        LogKey::read(pem, &self.name)
    }

    /// The witnesses' keys.
    ///
    /// # Errors
    /// [`TlogError`] if one is none.
    pub fn witness_keys(&self) -> Result<Vec<WitnessKey>, TlogError> {
        self.witnesses.iter().map(|key| WitnessKey::read(key)).collect()
    }
}

fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match is_name(&text) {
        true => Ok(text),
        false => Err(D::Error::custom("is no schema-less URL like zwfw.example.gov.cn/ratings")),
    }
}

fn witnesses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let keys = Vec::<String>::deserialize(deserializer)?;
    for key in &keys {
        WitnessKey::read(key).map_err(D::Error::custom)?;
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i22_a_wrong_name_or_witness_is_refused_when_it_is_read() {
        let read = |text: &str| toml::from_str::<Transparency>(text).map_err(|e| e.to_string());
        assert_eq!(read("").unwrap(), Transparency::default());
        assert!(read("name = 'a b'").unwrap_err().contains("schema-less URL"));
        assert!(read("witnesses = ['x']").unwrap_err().contains("name+hash+key"));
        assert!(read("witness = []").is_err());
        let default = Transparency::default();
        assert!(default.key("x").is_err() && default.witness_keys().unwrap().is_empty());
    }
}
