//! Where calls come in.

use std::io;

use hyper_util::rt::TokioIo;
use tokio::{
    io::{DuplexStream, duplex},
    net::TcpListener,
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
};
use tonic::{
    codegen::http::Uri,
    transport::{Channel, Endpoint},
};
use tower::service_fn;

use crate::tls::ServerTls;

/// How many bytes wait on the way within the process.
const BUFFER: usize = 64 << 10;

/// Where calls come in: an address, spoken to with TLS or in the clear; and a way for the process's
/// own calls, which never leave it, so that they need neither TLS nor a name in its certificate.
pub struct Door {
    pub(super) listener: TcpListener,
    pub(super) tls: Option<ServerTls>,
    pub(super) own: Option<UnboundedReceiver<DuplexStream>>,
}

impl From<TcpListener> for Door {
    /// In the clear.
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: None, own: None }
    }
}

impl Door {
    /// The same, with TLS if that is configured.
    #[must_use]
    pub fn with_tls(self, tls: Option<ServerTls>) -> Self {
        Self { tls, ..self }
    }

    /// Opens the way for the process's own calls.
    pub fn own_calls(&mut self) -> OwnCalls {
        let (sender, own) = mpsc::unbounded_channel();
        self.own = Some(own);
        OwnCalls(sender)
    }
}

/// The way for a process's own calls.
#[derive(Clone)]
pub struct OwnCalls(UnboundedSender<DuplexStream>);

impl OwnCalls {
    /// A channel from the process to itself, which connects when it is first used; `with` sets its
    /// timeouts.
    #[must_use]
    pub fn channel(&self, with: impl FnOnce(Endpoint) -> Endpoint) -> Channel {
        let sender = self.0.clone();
        let endpoint = with(Endpoint::from_static("http://pingyi"));
        endpoint.connect_with_connector_lazy(service_fn(move |_: Uri| {
            let (ours, theirs) = duplex(BUFFER);
            let sent = sender.send(theirs);
            let gone = || io::Error::new(io::ErrorKind::ConnectionRefused, "nothing is served");
            std::future::ready(sent.map(|()| TokioIo::new(ours)).map_err(|_| gone()))
        }))
    }
}
