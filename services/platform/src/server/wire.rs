//! What a connection's bytes travel on: TCP, TLS over it, or a way within the process.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use rustls::pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{Accept, TlsAcceptor, server::TlsStream};

use crate::tls::ServerTls;

pub(super) enum Wire {
    /// In the clear.
    Plain(TcpStream),
    /// Both sides are still agreeing. The connection's own task does it, so that a slow peer keeps
    /// nobody else out.
    Greeting(Box<Accept<TcpStream>>),
    Tls(Box<TlsStream<TcpStream>>),
    /// From the process itself.
    Own(DuplexStream),
    /// Both sides could not agree.
    Gone,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, tls: Option<&ServerTls>) -> Self {
        // Without it answers come later, nothing more.
        let _ = stream.set_nodelay(true);
        match tls {
            None => Self::Plain(stream),
            Some(tls) => {
                let acceptor = TlsAcceptor::from(tls.current());
                Self::Greeting(Box::new(acceptor.accept(stream)))
            }
        }
    }

    /// Ready when bytes can travel. Gives the peer's certificate, once, if it showed one; the
    /// handshake has verified it.
    pub(super) fn greet(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<io::Result<Option<CertificateDer<'static>>>> {
        let greeting = match self {
            Self::Greeting(greeting) => greeting,
            Self::Gone => return Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Self::Plain(_) | Self::Tls(_) | Self::Own(_) => return Poll::Ready(Ok(None)),
        };
        match ready!(Pin::new(greeting).poll(task)) {
            Ok(stream) => {
                let shown = stream.get_ref().1.peer_certificates();
                let own = shown.and_then(|chain| chain.first()).cloned();
                *self = Self::Tls(Box::new(stream));
                Poll::Ready(Ok(own))
            }
            Err(why) => {
                *self = Self::Gone;
                Poll::Ready(Err(why))
            }
        }
    }
}

macro_rules! each {
    ($wire:expr, $stream:ident => $does:expr) => {
        match &mut *$wire {
            Wire::Plain($stream) => $does,
            Wire::Tls($stream) => $does,
            Wire::Own($stream) => $does,
            // Only after `greet` is there anything to do.
            Wire::Greeting(_) | Wire::Gone => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    };
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_read(task, bytes))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write(task, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        each!(self, stream => Pin::new(stream).poll_write_vectored(task, bytes))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Own(stream) => stream.is_write_vectored(),
            // TLS copies them together anyway.
            Self::Greeting(_) | Self::Tls(_) | Self::Gone => true,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_flush(task))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self, stream => Pin::new(stream).poll_shutdown(task))
    }
}
