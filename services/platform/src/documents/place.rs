//! Where documents are kept.

use std::{fmt, path::PathBuf, time::Duration};

use object_store::{
    BackoffConfig, Certificate, ClientOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    path::Path,
};
// Named for its TLS by ring, which `object_store` does not choose by itself.
use reqwest as _;

/// How long the store may take to accept a connection, and to answer.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(20);
/// How often, and for how long, a request is repeated that the store did not answer.
const RETRIES: usize = 2;
const RETRYING: Duration = Duration::from_secs(5);

/// Where documents are kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// In a bucket of a store that speaks S3.
    S3(Bucket),
}

/// A bucket, and how to reach it.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What every object's name begins with there; empty for nothing.
    pub prefix: String,
    /// `https://…` or `http://…` of the store; Amazon's own if absent.
    pub endpoint: Option<String>,
    /// The store's region.
    pub region: String,
    /// Who asks.
    pub access_key: String,
    /// With which secret.
    pub secret_key: String,
    /// PEM certificates to know the store by; the system's if absent.
    pub ca: Option<Vec<u8>>,
}

impl fmt::Debug for Place {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "folder:{}", folder.display()),
            Self::S3(bucket) => write!(f, "s3://{}/{}", bucket.name, bucket.prefix),
        }
    }
}

/// The address of a place, as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `folder:PATH`.
    Folder(PathBuf),
    /// `s3://BUCKET/PREFIX`, the prefix perhaps empty.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// What every object's name begins with.
        prefix: String,
    },
}

impl Address {
    /// Reads `folder:PATH` or `s3://BUCKET/PREFIX`.
    ///
    /// # Errors
    /// States what is allowed.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        if let Some(folder) = url.strip_prefix("folder:").filter(|folder| !folder.is_empty()) {
            return Ok(Self::Folder(folder.into()));
        }
        let wrong = "is neither folder:PATH nor s3://BUCKET/PREFIX";
        let (bucket, prefix) = match url.strip_prefix("s3://").ok_or(wrong)?.split_once('/') {
            Some((bucket, prefix)) => (bucket, prefix.trim_end_matches('/')),
            None => (url.trim_start_matches("s3://"), ""),
        };
        let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        if !(3..=63).contains(&bucket.len()) || !bucket.chars().all(letters) {
            return Err("names no bucket: 3 to 63 of a-z, 0-9, - and .");
        }
        match Path::parse(prefix) {
            Ok(_) => Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() }),
            Err(_) => Err("has a prefix that no object's name can begin with"),
        }
    }
}

impl Bucket {
    /// A client of the bucket.
    pub(super) fn client(&self) -> Result<AmazonS3, object_store::Error> {
        let plain = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let mut options = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(CONNECT)
            .with_timeout(ANSWER);
        if let Some(ca) = &self.ca {
            options = options.with_no_system_certificates(true);
            for certificate in Certificate::from_pem_bundle(ca)? {
                options = options.with_root_certificate(certificate);
            }
        }
        let backoff = BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(1),
            base: 2.,
        };
        let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRYING };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.name)
            .with_region(&self.region)
            .with_access_key_id(&self.access_key)
            .with_secret_access_key(&self.secret_key)
            // Not every store that speaks S3 knows how to delete many at once.
            .with_disable_bulk_delete(true)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        builder.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_folder_or_a_bucket_with_a_prefix() {
        let s3 = |bucket: &str, prefix: &str| {
            Ok(Address::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
        };
        assert_eq!(Address::parse("folder:a/b"), Ok(Address::Folder("a/b".into())));
        assert_eq!(Address::parse("s3://evidence"), s3("evidence", ""));
        assert_eq!(Address::parse("s3://evidence/"), s3("evidence", ""));
        assert_eq!(Address::parse("s3://evidence/a/b/"), s3("evidence", "a/b"));
        for wrong in
            ["", "folder:", "/var", "s3://", "s3://ab", "s3://Evidence", "s3://evidence/a//b"]
        {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }
}
