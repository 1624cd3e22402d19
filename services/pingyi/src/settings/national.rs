//! The platform of another make that an installation reports to.

use std::{fs, path::PathBuf};

use domain::{codes::RegionCode, exchange::Dialect, source::Source};
use serde::{Deserialize, Serialize};

use super::{hide_parameters, hide_user};

/// Reporting by the national interface (国家、省级好差评接口); nothing is reported without `url`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct National {
    /// The platform's address; the dialect's paths are added to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The authority that signed its certificate, a PEM file; none: the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The name of a dialect that ships, or a file with one (its name ends with `.toml`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// The mark that it gave this installation (appMark).
    pub mark: String,
    /// A file with the word that it gave (appWord, appCode).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub word: Option<PathBuf>,
    /// A file with its SM2 key in hexadecimal, where the envelope is of SM2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// This installation's region (GB/T 2260).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// Where records go, with what the files hold; it cannot be printed.
#[derive(Clone)]
pub struct Telling {
    /// The platform's address.
    pub url: String,
    /// The same for officers, without user and parameters.
    pub address: String,
    /// The authority that signed its certificate, as PEM.
    pub ca: Option<Vec<u8>>,
    /// The dialect.
    pub dialect: Dialect,
    /// The mark.
    pub mark: String,
    /// The word.
    pub word: String,
    /// The platform's SM2 key.
    pub key: Option<String>,
    /// This installation's region.
    pub region: RegionCode,
}

impl National {
    /// Where records go, if they do.
    ///
    /// # Errors
    /// Names the key that is missing or wrong; never what a file holds.
    pub fn telling(&self) -> Result<Option<Telling>, String> {
        let missing = |key: &str| format!("national.{key} is not configured");
        let Some(url) = self.url.clone() else {
            return if *self == Self::default() { Ok(None) } else { Err(missing("url")) };
        };
        let unread = |key: &str, path: &PathBuf, error: std::io::Error| {
            format!("national.{key}: {}: {error}", path.display())
        };
        let text = |key: &str, path: &PathBuf| {
            let text = fs::read_to_string(path).map_err(|error| unread(key, path, error));
            text.map(|text| text.trim().to_owned())
        };
        let dialect = dialect(self.dialect.as_deref().ok_or_else(|| missing("dialect"))?)?;
        let region = self.region.as_deref().ok_or_else(|| missing("region"))?;
        let region = RegionCode::parse(region).map_err(|why| format!("national.region {why}"))?;
        let ca = self.ca.as_ref();
        let ca = ca.map(|path| fs::read(path).map_err(|error| unread("ca", path, error)));
        Ok(Some(Telling {
            address: hide_parameters(&hide_user(&url)),
            url,
            ca: ca.transpose()?,
            dialect,
            mark: self.mark.clone(),
            word: text("word", self.word.as_ref().ok_or_else(|| missing("word"))?)?,
            key: self.key.as_ref().map(|path| text("key", path)).transpose()?,
            region,
        }))
    }

    /// The same with nothing that is a secret in the address.
    pub(super) fn shown(mut self) -> Self {
        self.url = self.url.as_deref().map(|url| hide_parameters(&hide_user(url)));
        self
    }
}

/// A dialect by the name of one that ships, or in a file.
///
/// # Errors
/// What is wrong with it.
pub fn dialect(name: &str) -> Result<Dialect, String> {
    let wrong = |why: &dyn std::fmt::Display| format!("national.dialect: {why}");
    if !name.ends_with(".toml") {
        return Dialect::named(name).map_err(|error| wrong(&error));
    }
    let text = fs::read_to_string(name).map_err(|error| wrong(&format!("{name}: {error}")))?;
    Dialect::parse(Source { file: name, text: &text }).map_err(|error| wrong(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_what_the_national_interface_lacks_is_named_by_its_key_and_no_secret_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let (word, key) = (file("word", "geheim\n"), file("key", "04ab\n"));
        let own = file("own.toml", "inherits = 'shandong'\nname = 'own'");
        let wrong = file("wrong.toml", "inherits = 'shandong'\nnames = 'own'");
        let read = |text: &str| {
            let read = toml::from_str::<National>(text).map_err(|error| error.to_string());
            read.and_then(|national| national.telling())
        };
        assert!(read("").unwrap().is_none());
        let url = "url = 'https://u:p@host/x?k=geheim'\n";
        let base = format!("{url}dialect = '{own}'\nregion = '370812'\n");
        for (text, said) in [
            ("mark = 'm'".to_owned(), "national.url is not"),
            (url.to_owned(), "national.dialect is not"),
            (format!("{url}dialect = 'nowhere'"), "national.dialect: nowhere:1: no dialect"),
            (format!("{url}dialect = '/no.toml'"), "national.dialect: /no.toml: No such"),
            (format!("{url}dialect = '{wrong}'"), "unknown field `names`"),
            (format!("{url}dialect = 'shandong'"), "national.region is not"),
            (base.clone(), "national.word is not"),
            (format!("{base}word = '/nowhere'"), "national.word: /nowhere"),
            (format!("{base}word = '{word}'\nkey = '/no'"), "national.key: /no"),
            ("secret = 'x'".to_owned(), "unknown field `secret`"),
        ] {
            let refused = read(&text).map(|_| ()).unwrap_err();
            assert!(refused.contains(said) && !refused.contains("geheim"), "{refused}");
        }
        let telling = read(&format!("{base}word = '{word}'\nkey = '{key}'")).unwrap().unwrap();
        assert_eq!((telling.word.as_str(), telling.key.as_deref()), ("geheim", Some("04ab")));
        assert_eq!(telling.address, "https://***@host/x?***");
        assert_eq!(
            (telling.dialect.name.as_str(), telling.dialect.data_source.as_str()),
            ("own", "165")
        );
    }
}
