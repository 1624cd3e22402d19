//! Connections: an unused one is closed when there are too many, and failures to accept are logged.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use rustls::pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Interval, MissedTickBehavior, Sleep, interval, sleep},
};
use tokio_stream::Stream;
use tonic::transport::server::Connected;

use super::{Limits, door::Door, wire::Wire};
use crate::stop::Stop;

/// How long to wait after a connection could not be accepted: most likely the process has no
/// descriptor left, and an immediate retry would only fail again.
const PAUSE: Duration = Duration::from_millis(100);
/// How often at most it is logged that no connection can be accepted.
const SAY: Duration = Duration::from_secs(10);
/// How long a peer without a running call may still be silent, once the process is ending.
const LAST_WORD: Duration = Duration::from_secs(2);

/// What all connections of a process share.
pub(super) struct Connections {
    pub(super) limits: Limits,
    stop: Stop,
    began: Instant,
    peers: Mutex<HashMap<u64, Arc<Peer>>>,
    next: AtomicU64,
    /// Bytes of incomplete messages.
    pub(super) pieces: AtomicUsize,
    /// Bytes of answers that are not read yet.
    pub(super) unread: AtomicUsize,
}

impl Connections {
    pub(super) fn new(limits: Limits, stop: Stop) -> Arc<Self> {
        Arc::new(Self {
            limits,
            stop,
            began: Instant::now(),
            peers: Mutex::default(),
            next: AtomicU64::new(0),
            pieces: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
        })
    }

    fn peers(&self) -> MutexGuard<'_, HashMap<u64, Arc<Peer>>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the process started to listen; never 0, which means "not yet".
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// A new connection. If there are too many, the one that was unused for longest is closed: idle
    /// connections cannot keep out a caller with a request.
    fn admit(self: &Arc<Self>, wire: Wire, address: SocketAddr) -> Connection {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let peer = Arc::new(Peer { since: self.now(), ..Peer::default() });
        let mut peers = self.peers();
        let staying = peers.values().filter(|peer| !peer.gives_way.load(Ordering::Relaxed));
        if staying.clone().count() >= self.limits.connections {
            let idle = staying.filter(|peer| peer.calls.load(Ordering::Relaxed) == 0);
            let longest = idle.min_by_key(|peer| peer.last_heard());
            // If every one is in use, the new one is closed.
            longest.unwrap_or(&peer).gives_way.store(true, Ordering::Relaxed);
        }
        peers.insert(id, Arc::clone(&peer));
        drop(peers);
        let mut look = interval(self.limits.look);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Connection { wire, address, peer, known: Arc::clone(self), id, look }
    }
}

/// What is known of the peer.
#[derive(Default)]
pub(super) struct Peer {
    /// When it came, and when it last said anything; 0 if never. Milliseconds, by [`Connections::now`].
    since: u64,
    heard: AtomicU64,
    /// How many of its calls are under way.
    calls: AtomicUsize,
    gives_way: AtomicBool,
    /// The certificate it showed, which the handshake has verified.
    certificate: OnceLock<CertificateDer<'static>>,
    /// Since when each answer waits to be read.
    unread: Mutex<HashMap<u64, Instant>>,
}

impl Peer {
    fn last_heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed).max(self.since)
    }

    fn unread(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.unread.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request knows of its connection.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) known: Arc<Connections>,
    peer: Arc<Peer>,
    pub(super) address: SocketAddr,
}

impl Caller {
    /// A call of the peer begins; it lasts as long as the returned value.
    pub(super) fn begin(&self) -> Call {
        self.peer.calls.fetch_add(1, Ordering::Relaxed);
        Call(Arc::clone(&self.peer))
    }

    /// The certificate that the peer showed, if it did.
    pub(super) fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.peer.certificate.get()
    }

    /// So many bytes wait for the peer, as long as the returned value exists.
    pub(super) fn give(&self, bytes: usize) -> WaitingBytes {
        let id = self.known.next.fetch_add(1, Ordering::Relaxed);
        self.known.unread.fetch_add(bytes, Ordering::Relaxed);
        self.peer.unread().insert(id, Instant::now());
        WaitingBytes { caller: self.clone(), id, bytes }
    }
}

/// A call under way.
pub(super) struct Call(Arc<Peer>);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes that wait to be read.
pub(super) struct WaitingBytes {
    caller: Caller,
    id: u64,
    bytes: usize,
}

impl Drop for WaitingBytes {
    fn drop(&mut self) {
        self.caller.known.unread.fetch_sub(self.bytes, Ordering::Relaxed);
        self.caller.peer.unread().remove(&self.id);
    }
}

/// A connection that is watched while it exists.
pub(super) struct Connection {
    wire: Wire,
    address: SocketAddr,
    peer: Arc<Peer>,
    known: Arc<Connections>,
    id: u64,
    look: Interval,
}

impl Connection {
    /// Does something with the wire once both sides have agreed on how they talk; closes the
    /// connection if it must go, which is seen only while nothing moves.
    fn once_greeted<T>(
        &mut self,
        task: &mut Context<'_>,
        does: impl FnOnce(Pin<&mut Wire>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let done = match self.wire.greet(task) {
            Poll::Ready(Ok(shown)) => {
                if let Some(certificate) = shown {
                    let _ = self.peer.certificate.set(certificate);
                }
                does(Pin::new(&mut self.wire), task)
            }
            Poll::Ready(Err(why)) => {
                tracing::debug!(error = %why, "no agreement on TLS");
                Poll::Ready(Err(why))
            }
            Poll::Pending => Poll::Pending,
        };
        match done {
            Poll::Pending => self.must_go(task).map_or(Poll::Pending, |why| Poll::Ready(Err(why))),
            done => done,
        }
    }

    /// Why the connection is closed now, if so.
    fn must_go(&mut self, task: &mut Context<'_>) -> Option<io::Error> {
        let mut why = None;
        // Loops until it is not due: then this task is woken in time.
        while self.look.poll_tick(task).is_ready() {
            why = why.or(self.why());
        }
        why.map(|why| io::Error::new(io::ErrorKind::TimedOut, why))
    }

    fn why(&self) -> Option<&'static str> {
        let (known, peer) = (&self.known, &self.peer);
        let limits = &known.limits;
        let ago = |then: u64| Duration::from_millis(known.now().saturating_sub(then));
        if peer.gives_way.load(Ordering::Relaxed) {
            return Some("is closed to make room for a new connection");
        }
        if peer.heard.load(Ordering::Relaxed) == 0 && ago(peer.since) > limits.first_word {
            return Some("has sent nothing yet");
        }
        let unused = peer.calls.load(Ordering::Relaxed) == 0;
        if known.stop.is_stopped() && unused && ago(peer.last_heard()) > LAST_WORD {
            return Some("has sent nothing for a while, and the process is stopping");
        }
        let oldest = peer.unread().values().min().map(Instant::elapsed)?;
        let too_much = known.unread.load(Ordering::Relaxed) > limits.held;
        if oldest > limits.unread || (too_much && oldest > limits.look) {
            return Some("does not read its answers");
        }
        None
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.known.peers().remove(&self.id);
    }
}

impl Connected for Connection {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        Caller {
            known: Arc::clone(&self.known),
            peer: Arc::clone(&self.peer),
            address: self.address,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = bytes.filled().len();
        ready!(self.once_greeted(task, |wire, task| wire.poll_read(task, bytes)))?;
        if bytes.filled().len() > before {
            self.peer.heard.store(self.known.now(), Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    // Only in writing is a peer noticed that reads nothing at all.

    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.once_greeted(task, |wire, task| wire.poll_write(task, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.once_greeted(task, |wire, task| wire.poll_write_vectored(task, bytes))
    }

    fn is_write_vectored(&self) -> bool {
        self.wire.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.once_greeted(task, |wire, task| wire.poll_flush(task))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.wire).poll_shutdown(task)
    }
}

/// The connections that come in.
pub(super) struct Incoming {
    door: Door,
    known: Arc<Connections>,
    pause: Option<Pin<Box<Sleep>>>,
    /// How many accepts failed since the last log line, and the time of that line.
    failed: u64,
    reported_at: Option<Instant>,
}

impl Incoming {
    pub(super) fn new(door: Door, known: Arc<Connections>) -> Self {
        Self { door, known, pause: None, failed: 0, reported_at: None }
    }

    fn cannot_accept(&mut self, error: &io::Error) {
        self.failed += 1;
        if self.reported_at.is_none_or(|at| at.elapsed() >= SAY) {
            let (connections, times) = (self.known.peers().len(), self.failed);
            tracing::error!(%error, times, connections, "cannot accept a connection");
            (self.reported_at, self.failed) = (Some(Instant::now()), 0);
        }
        self.pause = Some(Box::pin(sleep(PAUSE)));
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let own = self.door.own.as_mut().map_or(Poll::Pending, |own| own.poll_recv(task));
        match own {
            Poll::Ready(Some(stream)) => {
                let address = self.door.listener.local_addr()?;
                return Poll::Ready(Some(Ok(self.known.admit(Wire::Own(stream), address))));
            }
            // Nobody is left who could call from here.
            Poll::Ready(None) => self.door.own = None,
            Poll::Pending => {}
        }
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(task));
                self.pause = None;
            }
            match ready!(self.door.listener.poll_accept(task)) {
                Ok((stream, address)) => {
                    let wire = Wire::new(stream, self.door.tls.as_ref());
                    return Poll::Ready(Some(Ok(self.known.admit(wire, address))));
                }
                // It went away while it waited: no harm.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => self.cannot_accept(&error),
            }
        }
    }
}
