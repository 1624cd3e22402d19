//! How a process connects to others: plainly to `http://`, with TLS to `https://`.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, pki_types::ServerName};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    codegen::{
        Service,
        http::{Uri, uri::Scheme},
    },
    transport::{Channel, Endpoint},
};

use super::{
    Identity, PROTOCOL, TlsError, authorities, certificates, private_key, provider,
    watched::Watched,
};

/// The port of `https://` that is not named.
const HTTPS: u16 = 443;

/// Connects to others. Whom to believe is read again when its file changes.
#[derive(Clone, Default)]
pub struct Clients {
    config: Option<Arc<Watched<ClientConfig>>>,
    name: Option<ServerName<'static>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.config.is_some() { "Clients with TLS" } else { "Clients" })
    }
}

/// Why an address cannot be connected to, whoever is there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongAddress {
    /// It is malformed.
    #[error("is no http:// or https:// address")]
    Malformed,
    /// Nobody was named who vouches for it.
    #[error("is https://, and no file of authorities is configured to know it by")]
    NoAuthority,
}

impl Clients {
    /// With the authorities of a file to know others by, and what this process shows them if they
    /// ask for a certificate. Without authorities only `http://` can be connected to: the image has
    /// none of its own, and to believe everybody would be worse.
    ///
    /// # Errors
    /// [`TlsError`] naming the file.
    pub fn new(ca: Option<&Path>, identity: Option<&Identity>) -> Result<Self, TlsError> {
        let Some(ca) = ca else { return Ok(Self::default()) };
        let mut files = vec![ca.to_owned()];
        files.extend(identity.iter().flat_map(|own| [own.certificate.clone(), own.key.clone()]));
        let config = Some(Arc::new(Watched::new(files, Box::new(config))?));
        Ok(Self { config, name: None })
    }

    /// The same, for servers whose certificates name them otherwise than their address does.
    ///
    /// # Errors
    /// If it is no name.
    pub fn named(self, name: &str) -> Result<Self, WrongAddress> {
        let name = ServerName::try_from(name.to_owned()).map_err(|_| WrongAddress::Malformed)?;
        Ok(Self { name: Some(name), ..self })
    }

    /// A channel to an address, which connects when it is first used; `with` sets its timeouts.
    ///
    /// # Errors
    /// [`WrongAddress`].
    pub fn channel(
        &self,
        address: &str,
        with: impl FnOnce(Endpoint) -> Endpoint,
    ) -> Result<Channel, WrongAddress> {
        Ok(match self.way(address)? {
            (endpoint, None) => with(endpoint).connect_lazy(),
            (endpoint, Some(over_tls)) => with(endpoint).connect_with_connector_lazy(over_tls),
        })
    }

    /// The same, connected.
    ///
    /// # Errors
    /// [`WrongAddress`]; or why nobody answers.
    pub async fn connect(
        &self,
        address: &str,
        with: impl FnOnce(Endpoint) -> Endpoint,
    ) -> Result<Result<Channel, tonic::transport::Error>, WrongAddress> {
        Ok(match self.way(address)? {
            (endpoint, None) => with(endpoint).connect().await,
            (endpoint, Some(over_tls)) => with(endpoint).connect_with_connector(over_tls).await,
        })
    }

    fn way(&self, address: &str) -> Result<(Endpoint, Option<OverTls>), WrongAddress> {
        let wrong = |_| WrongAddress::Malformed;
        let uri: Uri = address.parse().map_err(|_| WrongAddress::Malformed)?;
        if uri.scheme() == Some(&Scheme::HTTP) {
            return Ok((Endpoint::from_shared(address.to_owned()).map_err(wrong)?, None));
        }
        let authority = uri.authority().filter(|_| uri.scheme() == Some(&Scheme::HTTPS));
        let authority = authority.cloned().ok_or(WrongAddress::Malformed)?;
        let config = Arc::clone(self.config.as_ref().ok_or(WrongAddress::NoAuthority)?);
        let host = bare(authority.host()).to_owned();
        let name = match &self.name {
            Some(name) => name.clone(),
            None => ServerName::try_from(host.clone()).map_err(|_| WrongAddress::Malformed)?,
        };
        let port = authority.port_u16().unwrap_or(HTTPS);
        // The connector speaks TLS, and the transport must not ask for another one; requests name
        // the true scheme.
        let endpoint = Endpoint::from_shared(format!("http://{authority}")).map_err(wrong)?;
        Ok((endpoint.origin(uri), Some(OverTls { config, host, port, name })))
    }
}

/// Connects over TLS, to always the same server.
struct OverTls {
    config: Arc<Watched<ClientConfig>>,
    host: String,
    port: u16,
    name: ServerName<'static>,
}

impl Service<Uri> for OverTls {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let config = self.config.current();
        let (host, port, name) = (self.host.clone(), self.port, self.name.clone());
        Box::pin(async move { connect(config, &host, port, name).await.map(TokioIo::new) })
    }
}

/// A host without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

async fn connect(
    config: Arc<ClientConfig>,
    host: &str,
    port: u16,
    name: ServerName<'static>,
) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect((host, port)).await?;
    // Without it calls come later, nothing more.
    let _ = stream.set_nodelay(true);
    let stream = TlsConnector::from(config).connect(name, stream).await?;
    match stream.get_ref().1.alpn_protocol() {
        Some(PROTOCOL) => Ok(stream),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the server speaks no HTTP/2")),
    }
}

fn config(files: &[(PathBuf, Vec<u8>)]) -> Result<ClientConfig, TlsError> {
    let [(ca, roots), identity @ ..] = files else {
        return Err(TlsError::content(Path::new(""), "is not named"));
    };
    let wrong = |path: &Path, why: rustls::Error| TlsError::content(path, why.to_string());
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|why| wrong(ca, why))?
        .with_root_certificates(authorities(ca, roots)?);
    let mut config = match identity {
        [(certificate, chain), (key_file, key)] => {
            let chain = certificates(certificate, chain)?;
            let own = builder.with_client_auth_cert(chain, private_key(key_file, key)?);
            own.map_err(|why| wrong(certificate, why))?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}
