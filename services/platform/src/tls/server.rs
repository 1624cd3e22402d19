//! How a server speaks TLS.

use std::{fmt, path::PathBuf, sync::Arc};

use jiff::SignedDuration;
use rustls::{ServerConfig, server::WebPkiClientVerifier};

use super::{
    Identity, PROTOCOL, TlsError, authorities, certificates, dates, private_key, provider,
    watched::Watched,
};
use crate::clock::Clock;

/// How long before its end a certificate is spoken of: time enough to renew one by hand.
const SOON: SignedDuration = SignedDuration::from_hours(21 * 24);

/// A server's side of TLS. New connections are shown what the files hold now.
#[derive(Clone)]
pub struct ServerTls(pub(super) Arc<Watched<ServerConfig>>);

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerTls")
    }
}

impl ServerTls {
    /// Reads the files. With `client_ca`, who comes with a certificate must have it from one of its
    /// authorities, and is known by it; nobody has to.
    ///
    /// # Errors
    /// [`TlsError`] naming the file, also for a certificate that has expired or whose key is another.
    pub fn read(
        identity: &Identity,
        client_ca: Option<PathBuf>,
        clock: Clock,
    ) -> Result<Self, TlsError> {
        let mut files = vec![identity.certificate.clone(), identity.key.clone()];
        files.extend(client_ca);
        let build = Box::new(move |files: &[(PathBuf, Vec<u8>)]| config(files, &clock));
        Ok(Self(Arc::new(Watched::new(files, build)?)))
    }

    /// What a connection that begins now is shown.
    pub(crate) fn current(&self) -> Arc<ServerConfig> {
        self.0.current()
    }
}

fn config(files: &[(PathBuf, Vec<u8>)], clock: &Clock) -> Result<ServerConfig, TlsError> {
    let [(certificate, chain), (key_file, key), client_ca @ ..] = files else {
        return Err(TlsError::content(&PathBuf::new(), "is not named"));
    };
    let chain = certificates(certificate, chain)?;
    let now = clock.now();
    match chain.first().and_then(|own| dates::not_after(own)) {
        Some(end) if end <= now => {
            return Err(TlsError::content(certificate, format!("has expired, at {end}")));
        }
        Some(end) if end - SOON <= now => tracing::warn!(
            certificate = %certificate.display(),
            %end,
            "the certificate expires soon, and from then on nobody connects"
        ),
        _ => {}
    }
    let key = private_key(key_file, key)?;
    let wrong = |why: rustls::Error| {
        TlsError::content(certificate, format!("cannot be used with {}: {why}", key_file.display()))
    };
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(wrong)?;
    let builder = match client_ca.first() {
        None => builder.with_no_client_auth(),
        Some((path, pem)) => {
            let roots = Arc::new(authorities(path, pem)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
                .allow_unauthenticated()
                .build();
            let unusable = |why| TlsError::content(path, format!("holds no authority: {why}"));
            builder.with_client_cert_verifier(verifier.map_err(unusable)?)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(wrong)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}

/// A server's side for another protocol than gRPC's, for tests.
#[cfg(test)]
pub(crate) fn for_http(identity: &Identity) -> Arc<ServerConfig> {
    let read = |path: &PathBuf| (path.clone(), std::fs::read(path).unwrap());
    let files = [read(&identity.certificate), read(&identity.key)];
    let mut config = config(&files, &Clock::System).unwrap();
    config.alpn_protocols.clear();
    Arc::new(config)
}
