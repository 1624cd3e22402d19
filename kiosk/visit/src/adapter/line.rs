//! The line to the services: plain, or TLS with the certificate that this terminal holds now. Whoever
//! asks for a channel gets the present one; after [`Line::renew`] that is a new connection, which
//! shows the new certificate, and what still runs over the old one ends there.

use std::{
    fmt, fs,
    io::{self, Error, ErrorKind},
    net::IpAddr,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    codegen::{Service, http::Uri},
    transport::{Channel, Endpoint},
};

use super::{clock::now, fleet::identity::Identity};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a dead connection may go unnoticed.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// The one protocol spoken over TLS: HTTP/2, which gRPC is.
const PROTOCOL: &[u8] = b"h2";
/// The port of `https://` that is not named.
const HTTPS: u16 = 443;

/// Why there is no line to an address, whoever is there.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is no address.
    #[error("is no http:// or https:// address")]
    Malformed,
    /// The file of those who vouch for the services is of no use.
    #[error("{}: {}", .0.display(), .1)]
    Authority(PathBuf, #[source] io::Error),
}

/// The line to the services.
#[derive(Clone)]
pub struct Line(Arc<Inner>);

struct Inner {
    /// None: a channel of somebody else's, which is never made anew.
    way: Option<Way>,
    channel: Mutex<Channel>,
    /// By how much this terminal's clock is ahead of the services', in milliseconds, as last heard.
    ahead: AtomicI64,
}

struct Way {
    endpoint: Endpoint,
    tls: Option<OverTls>,
}

impl From<Channel> for Line {
    fn from(channel: Channel) -> Self {
        Self::with(None, channel)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.tls().is_some() { "Line with TLS" } else { "Line" })
    }
}

impl Line {
    /// A line to `http://…`. Called inside the runtime it lives in, as the next.
    ///
    /// # Errors
    /// [`LineError`].
    pub fn plain(address: &str) -> Result<Self, LineError> {
        let endpoint = endpoint(address).filter(|it| it.uri().scheme_str() == Some("http"));
        let way = Way { endpoint: endpoint.ok_or(LineError::Malformed)?, tls: None };
        let channel = way.connect();
        Ok(Self::with(Some(way), channel))
    }

    /// A line to `https://…`, whose services are known by the authorities in `ca` (PEM), and know
    /// this terminal by what `identity` holds.
    ///
    /// # Errors
    /// [`LineError`].
    pub fn encrypted(address: &str, ca: &Path, identity: Identity) -> Result<Self, LineError> {
        let uri: Uri = address.parse().map_err(|_| LineError::Malformed)?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("https"));
        let authority = authority.cloned().ok_or(LineError::Malformed)?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host.clone()).map_err(|_| LineError::Malformed)?;
        let roots = authorities(ca).map_err(|error| LineError::Authority(ca.to_owned(), error))?;
        let tls = Tls {
            ca: ca.to_owned(),
            roots: Mutex::new(Arc::new(roots)),
            identity,
            port: authority.port_u16().unwrap_or(HTTPS),
            host,
            name,
            trouble: Mutex::default(),
        };
        let tls = OverTls { tls: Arc::new(tls), shows: true };
        // The connector speaks TLS, and the transport must not ask for another one; requests name the
        // true scheme.
        let plain = endpoint(&format!("http://{authority}")).ok_or(LineError::Malformed)?;
        let way = Way { endpoint: plain.origin(uri), tls: Some(tls) };
        let channel = way.connect();
        Ok(Self::with(Some(way), channel))
    }

    fn with(way: Option<Way>, channel: Channel) -> Self {
        let (channel, ahead) = (Mutex::new(channel), AtomicI64::new(0));
        Self(Arc::new(Inner { way, channel, ahead }))
    }

    /// The connection as it is now.
    pub(super) fn channel(&self) -> Channel {
        self.0.channel.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A connection that shows no certificate: whoever registers is nobody yet, and one that was
    /// stopped before would be refused by it.
    pub(super) fn nameless(&self) -> Channel {
        let tls = self.0.way.as_ref().and_then(|way| Some((way, way.tls.as_ref()?)));
        match tls {
            Some((way, OverTls { tls, .. })) if tls.identity.held().is_some() => {
                let nameless = OverTls { tls: Arc::clone(tls), shows: false };
                way.endpoint.connect_with_connector_lazy(nameless)
            }
            _ => self.channel(),
        }
    }

    /// Connects anew, with what the terminal holds now.
    pub(super) fn renew(&self) {
        if let Some(way) = &self.0.way {
            *self.0.channel.lock().unwrap_or_else(PoisonError::into_inner) = way.connect();
        }
    }

    /// Why the last connection could not be made; empty if it could, or nobody knows.
    #[must_use]
    pub fn trouble(&self) -> String {
        let trouble = self.tls().map(|tls| tls.trouble.lock());
        trouble.map(|text| text.unwrap_or_else(PoisonError::into_inner).clone()).unwrap_or_default()
    }

    /// Says by how much this terminal's clock is ahead, in milliseconds.
    pub(super) fn is_ahead_by(&self, milliseconds: i64) {
        self.0.ahead.store(milliseconds, Ordering::Relaxed);
    }

    /// Whether the certificate of this terminal has ended, by the services' clock as far as it is
    /// known: then nobody answers, and nobody says why.
    pub(super) fn is_over(&self) -> bool {
        let ahead = self.0.ahead.load(Ordering::Relaxed).saturating_mul(1000);
        let held = self.tls().and_then(|tls| tls.identity.held());
        held.is_some_and(|held| held.not_after <= now().saturating_sub(ahead))
    }

    fn tls(&self) -> Option<&Tls> {
        self.0.way.as_ref().and_then(|way| way.tls.as_ref()).map(|over| &*over.tls)
    }
}

impl Way {
    fn connect(&self) -> Channel {
        match &self.tls {
            None => self.endpoint.connect_lazy(),
            Some(tls) => self.endpoint.connect_with_connector_lazy(tls.clone()),
        }
    }
}

/// Whether what is sent to this address leaves the machine in the clear.
#[must_use]
pub fn leaves_in_the_clear(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return true };
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    uri.scheme_str() != Some("https") && !here
}

fn endpoint(address: &str) -> Option<Endpoint> {
    let endpoint = Endpoint::from_shared(address.to_owned()).ok()?;
    let endpoint = endpoint.connect_timeout(CONNECT).http2_keep_alive_interval(KEEPALIVE);
    Some(endpoint.keep_alive_while_idle(true))
}

/// Connects over TLS, to always the same services.
#[derive(Clone)]
struct OverTls {
    tls: Arc<Tls>,
    /// Whether it shows what the terminal holds.
    shows: bool,
}

struct Tls {
    ca: PathBuf,
    /// The last of `ca` that was of use.
    roots: Mutex<Arc<RootCertStore>>,
    identity: Identity,
    host: String,
    port: u16,
    name: ServerName<'static>,
    trouble: Mutex<String>,
}

impl Service<Uri> for OverTls {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let (tls, shows) = (Arc::clone(&self.tls), self.shows);
        Box::pin(async move {
            let connected = tls.connect(shows).await;
            let trouble = connected.as_ref().err().map(ToString::to_string).unwrap_or_default();
            *tls.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
            connected.map(TokioIo::new)
        })
    }
}

impl Tls {
    async fn connect(&self, shows: bool) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::new(self.config(shows)?);
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // Without it calls come later, nothing more.
        let _ = stream.set_nodelay(true);
        let stream = TlsConnector::from(config).connect(self.name.clone(), stream).await?;
        match stream.get_ref().1.alpn_protocol() {
            Some(PROTOCOL) => Ok(stream),
            _ => Err(Error::new(ErrorKind::InvalidData, "the server speaks no HTTP/2")),
        }
    }

    /// As the files are now: whoever replaces one need not start the terminal again. Nothing of an
    /// earlier connection is resumed, for that would show the certificate of then.
    fn config(&self, shows: bool) -> io::Result<ClientConfig> {
        let roots = {
            let mut roots = self.roots.lock().unwrap_or_else(PoisonError::into_inner);
            // Half of a new file may be written: the one before is of use until the rest comes.
            if let Ok(read) = authorities(&self.ca) {
                *roots = Arc::new(read);
            }
            Arc::clone(&roots)
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(Error::other)?
            .with_root_certificates(roots);
        let mut config = match self.identity.held().filter(|_| shows) {
            Some(held) => {
                builder.with_client_auth_cert(held.chain(), held.key()).map_err(Error::other)?
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

/// The authorities in a file; at least one.
fn authorities(file: &Path) -> io::Result<RootCertStore> {
    let wrong = |why: String| Error::new(ErrorKind::InvalidData, why);
    let pem = fs::read(file)?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(format!("holds no authority: {error}")))?;
    }
    match roots.is_empty() {
        true => Err(wrong("holds no certificate in PEM".to_owned())),
        false => Ok(roots),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_in_the_clear_is_seen() {
        for (address, leaves) in [
            ("http://127.0.0.1:7419", false),
            ("http://[::1]:7419", false),
            ("http://localhost:7419", false),
            ("https://pingyi.example:7419", false),
            ("http://pingyi.example:7419", true),
            ("http://10.0.0.1", true),
            ("pingyi.example", true),
        ] {
            assert_eq!(leaves_in_the_clear(address), leaves, "{address}");
        }
    }

    #[tokio::test]
    async fn an_address_or_a_file_of_no_use_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.crt");
        let identity = Identity::open(folder.path()).unwrap();
        let line = |address: &str| Line::encrypted(address, &ca, identity.clone());
        assert!(matches!(line("https://services:1").unwrap_err(), LineError::Authority(..)));
        fs::write(&ca, "no certificate").unwrap();
        assert!(line("https://services:1").unwrap_err().to_string().contains("no certificate"));
        assert!(matches!(line("http://services:1").unwrap_err(), LineError::Malformed));
        assert!(matches!(Line::plain("https://services").unwrap_err(), LineError::Malformed));
        assert!(matches!(Line::plain("services").unwrap_err(), LineError::Malformed));
        assert!(Line::plain("http://services:1").is_ok());
    }
}
