//! Where documents are kept: evidence of tickets, scans of paper forms, reports of assessments.

use std::{fmt, fs, path::PathBuf};

use platform::{
    database::Location,
    documents::{Address, Bucket, Place},
};
use serde::{Deserialize, Serialize};

use super::{documents_url, gateway_url, secret};

/// The folder beside SQLite's files.
const FOLDER: &str = "documents";

/// Where documents are kept.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Documents {
    /// `folder:PATH` or `s3://BUCKET/PREFIX`; absent: a folder beside SQLite's files, and nowhere with
    /// PostgreSQL.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "documents_url")]
    pub url: Option<String>,
    /// `https://…` or `http://…` of the bucket's store; absent: Amazon's own.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "gateway_url")]
    pub endpoint: Option<String>,
    /// The region that the store's signatures name.
    pub region: String,
    /// Who asks the bucket's store.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "secret")]
    pub access_key: Option<String>,
    /// With which secret.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "secret")]
    pub secret_key: Option<String>,
    /// PEM certificates to know the bucket's store by; the system's if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
}

impl Default for Documents {
    fn default() -> Self {
        Self {
            url: None,
            endpoint: None,
            region: "us-east-1".to_owned(),
            access_key: None,
            secret_key: None,
            ca: None,
        }
    }
}

impl fmt::Debug for Documents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Documents")
    }
}

impl Documents {
    /// Where documents are kept beside these stores, if they are.
    ///
    /// # Errors
    /// Names the key that is missing or should be, or the file that cannot be read.
    pub fn place(&self, stores: &Location) -> Result<Option<Place>, String> {
        let missing = |key: &str| format!("documents.{key} is not configured");
        let address = self.url.as_deref().map(Address::parse).transpose();
        let address = address.map_err(|why| format!("documents.url {why}"))?;
        let given = [
            ("endpoint", self.endpoint.is_some()),
            ("access_key", self.access_key.is_some()),
            ("secret_key", self.secret_key.is_some()),
            ("ca", self.ca.is_some()),
        ];
        let Some(Address::S3 { bucket, prefix }) = address else {
            if let Some((key, _)) = given.into_iter().find(|(_, given)| *given) {
                return Err(format!("documents.{key} is only for an s3:// documents.url"));
            }
            return Ok(match (address, stores) {
                (Some(Address::Folder(folder)), _) => Some(Place::Folder(folder)),
                (_, Location::Sqlite(folder)) => Some(Place::Folder(folder.join(FOLDER))),
                (_, Location::Postgres(_)) => None,
            });
        };
        let ca = self.ca.as_ref().map(|path| {
            fs::read(path).map_err(|error| format!("documents.ca: {}: {error}", path.display()))
        });
        Ok(Some(Place::S3(Bucket {
            name: bucket,
            prefix,
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            access_key: self.access_key.clone().ok_or_else(|| missing("access_key"))?,
            secret_key: self.secret_key.clone().ok_or_else(|| missing("secret_key"))?,
            ca: ca.transpose()?,
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, stores: &str) -> Result<Option<Place>, String> {
        let documents = toml::from_str::<Documents>(text).map_err(|error| error.to_string())?;
        documents.place(&Location::parse(stores).unwrap())
    }

    #[test]
    fn t14_documents_are_beside_the_embedded_stores_and_elsewhere_where_it_is_said() {
        let folder = |path: &str| Ok(Some(Place::Folder(path.into())));
        let (sqlite, postgres) = ("sqlite:data", "postgres://db/x");
        assert_eq!(place("", sqlite), folder("data/documents"));
        assert_eq!(place("", postgres), Ok(None));
        assert_eq!(place("url = \"folder:/srv/documents\"", postgres), folder("/srv/documents"));
        let keys = "access_key = \"a\"\nsecret_key = \"geheim\"";
        let bucket = format!("url = \"s3://evidence/city\"\n{keys}");
        let Ok(Some(Place::S3(bucket))) = place(&bucket, postgres) else { panic!() };
        assert_eq!((bucket.name.as_str(), bucket.prefix.as_str()), ("evidence", "city"));
    }

    #[test]
    fn t14_what_a_store_of_documents_lacks_is_named_by_its_key() {
        let s3 = "url = \"s3://evidence\"\n";
        for (text, told) in [
            ("url = \"/srv\"".to_owned(), "neither folder:PATH nor s3://"),
            (s3.to_owned(), "documents.access_key is not"),
            (format!("{s3}access_key = \"a\""), "documents.secret_key is not"),
            ("secret_key = \"geheim\"".to_owned(), "documents.secret_key is only for"),
            ("endpoint = \"ftp://x\"".to_owned(), "no http:// or https://"),
            (
                format!("{s3}access_key = \"a\"\nsecret_key = \"s\"\nca = \"/nowhere.pem\""),
                "documents.ca: /nowhere.pem",
            ),
        ] {
            let refused = place(&text, "sqlite:data").unwrap_err();
            assert!(refused.contains(told) && !refused.contains("geheim"), "{refused}");
        }
    }
}
