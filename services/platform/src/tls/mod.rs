//! TLS: certificates and keys come from files, which are read again when they change, so that a
//! renewed certificate is shown without a restart and no connection is dropped for it. The one
//! provider of cryptography is ring.

mod client;
mod dates;
mod issuing;
mod server;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod tests;
mod watched;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{
    RootCertStore,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};

pub use client::{Clients, WrongAddress};
pub(crate) use dates::validity;
pub use issuing::{RequestedKey, SERIAL_BYTES, TerminalAuthority};
pub use server::ServerTls;
#[cfg(test)]
pub(crate) use server::for_http;

/// The one protocol spoken over TLS: HTTP/2, which gRPC is.
const PROTOCOL: &[u8] = b"h2";

/// Why TLS cannot be spoken as configured.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}: {reason}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

impl TlsError {
    fn content(path: &Path, reason: impl Into<String>) -> Self {
        Self::Content { path: path.display().to_string(), reason: reason.into() }
    }
}

/// The certificate that a process shows, and its key; both in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, then those between it and an authority that others know.
    pub certificate: PathBuf,
    /// Its private key: PKCS#8, SEC1 or PKCS#1.
    pub key: PathBuf,
}

/// Makes ring the provider of the process. Called once, before anything speaks TLS; if something
/// was installed before, it is the same.
pub fn install() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// The certificates of a file; at least one.
fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(TlsError::content(path, "holds no certificate in PEM")),
        Err(why) => Err(TlsError::content(path, format!("holds no certificate in PEM: {why}"))),
    }
}

/// The key of a file. Nothing of it is ever told.
fn private_key(path: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem)
        .map_err(|_| TlsError::content(path, "holds no private key in PEM"))
}

/// The authorities of a file, as those to believe.
fn authorities(path: &Path, pem: &[u8]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path, pem)? {
        let added = roots.add(certificate);
        added.map_err(|why| TlsError::content(path, format!("holds no authority: {why}")))?;
    }
    Ok(roots)
}
