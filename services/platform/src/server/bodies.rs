//! The bodies of calls: incomplete messages and unread answers are limited in bytes and in time.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, ready},
    time::Instant,
};

use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use tonic::{
    Status,
    body::Body,
    codegen::{
        Bytes, Service,
        http::{Request, Response},
    },
    transport::server::TcpConnectInfo,
};
use tower_layer::Layer;

use super::connections::{Call, Caller, Connections, WaitingBytes};
use crate::auth;

/// The size counted for an answer until the transport asks for it: it may be of any size.
const UNASKED: usize = 16 << 10;
/// The prefix of each message: whether it is compressed, and its length.
const HEAD: usize = 5;

/// Limits what calls hold.
#[derive(Clone)]
pub(super) struct Bounds<S = ()> {
    inner: S,
}

impl Bounds {
    pub(super) fn layer() -> Self {
        Self { inner: () }
    }
}

impl<S> Layer<S> for Bounds {
    type Service = Bounds<S>;

    fn layer(&self, inner: S) -> Bounds<S> {
        Bounds { inner }
    }
}

type Answer<E> = Pin<Box<dyn Future<Output = Result<Response<AnswerBody>, E>> + Send>>;

impl<S> Service<Request<Body>> for Bounds<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response<AnswerBody>;
    type Error = S::Error;
    type Future = Answer<S::Error>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        // Every connection is one of ours; without one there is nothing to limit.
        let caller = request.extensions().get::<Caller>().cloned();
        if let Some(caller) = &caller {
            // The place where tonic looks for it.
            let remote_addr = Some(caller.address);
            request.extensions_mut().insert(TcpConnectInfo { local_addr: None, remote_addr });
        }
        let certificate = caller.as_ref().and_then(Caller::certificate);
        auth::mark(request.headers_mut(), certificate);
        let call = caller.as_ref().map(Caller::begin);
        let request = match &caller {
            Some(caller) => {
                let known = Arc::clone(&caller.known);
                request.map(|body| Body::new(RequestBody::new(body, known)))
            }
            None => request,
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            Ok(answer.map(|inner| {
                // It may be of any size, and perhaps nobody asks for it.
                let unasked = caller.as_ref().map(|caller| caller.give(UNASKED));
                AnswerBody { inner, caller, unasked, _call: call }
            }))
        })
    }
}

/// The position of a body within its messages.
#[derive(Default)]
struct Messages {
    head: [u8; HEAD],
    /// How much of the head is read.
    read: usize,
    /// How much of the message is still to come.
    missing: usize,
}

impl Messages {
    /// Reads further. Returns how many bytes of the last, incomplete message have come; none if all
    /// messages are complete.
    fn read(&mut self, mut bytes: &[u8]) -> Option<usize> {
        let mut pieces = 0;
        while !bytes.is_empty() {
            if self.missing == 0 && self.read < HEAD {
                let of_head = bytes.len().min(HEAD - self.read);
                self.head[self.read..self.read + of_head].copy_from_slice(&bytes[..of_head]);
                self.read += of_head;
                bytes = &bytes[of_head..];
                pieces = self.read;
                if self.read < HEAD {
                    break;
                }
                let [_, length @ ..] = self.head;
                self.missing = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
            }
            let of_message = bytes.len().min(self.missing);
            self.missing -= of_message;
            pieces += of_message;
            bytes = &bytes[of_message..];
            if self.missing == 0 {
                (self.read, pieces) = (0, 0);
            }
        }
        (self.read > 0).then_some(pieces)
    }
}

/// What a caller sends.
struct RequestBody {
    inner: Body,
    known: Arc<Connections>,
    messages: Messages,
    /// Bytes of an incomplete message, and since when.
    pieces: usize,
    since: Option<Instant>,
    /// When to check how long this takes.
    look: Option<Pin<Box<Sleep>>>,
    /// Since when nothing has come.
    silent: Option<Instant>,
    /// Since when nobody has asked for more: a delay after that is not the caller's fault.
    unasked: Option<Instant>,
}

impl RequestBody {
    fn new(inner: Body, known: Arc<Connections>) -> Self {
        let messages = Messages::default();
        Self {
            inner,
            known,
            messages,
            pieces: 0,
            since: None,
            look: None,
            silent: None,
            unasked: None,
        }
    }

    fn heard(&mut self, bytes: &[u8]) {
        self.silent = None;
        match self.messages.read(bytes) {
            Some(pieces) if self.since.is_some() && pieces == bytes.len() => {
                self.hold(self.pieces + pieces);
            }
            Some(pieces) => {
                self.since = Some(Instant::now());
                self.hold(pieces);
            }
            None => {
                self.since = None;
                self.hold(0);
            }
        }
    }

    fn hold(&mut self, pieces: usize) {
        if pieces != self.pieces {
            self.known.pieces.fetch_add(pieces, Ordering::Relaxed);
            self.known.pieces.fetch_sub(self.pieces, Ordering::Relaxed);
            self.pieces = pieces;
        }
    }

    /// Why no more is accepted, if so.
    fn too_much(&self) -> Option<Status> {
        let limits = &self.known.limits;
        if let Some(since) = self.since {
            let lasts = since.elapsed();
            if lasts > limits.message {
                return Some(Status::deadline_exceeded(
                    "a message did not arrive completely in time",
                ));
            }
            let held = self.known.pieces.load(Ordering::Relaxed);
            if held > limits.held && lasts > limits.look {
                let busy =
                    "too many unfinished messages are held; send this one again, without pauses";
                return Some(Status::resource_exhausted(busy));
            }
        }
        let silent = self.silent.is_some_and(|since| since.elapsed() > limits.silence);
        silent.then(|| Status::deadline_exceeded("no more data arrived in time"))
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Some(unasked) = self.unasked.take() {
            self.since = self.since.map(|since| since + unasked.elapsed());
        }
        match Pin::new(&mut self.inner).poll_frame(task) {
            Poll::Ready(Some(Ok(frame))) => {
                self.unasked = Some(Instant::now());
                if let Some(bytes) = frame.data_ref() {
                    self.heard(bytes);
                }
                return Poll::Ready(match self.too_much() {
                    Some(refused) => Some(Err(refused)),
                    None => Some(Ok(frame)),
                });
            }
            Poll::Ready(ended) => return Poll::Ready(ended),
            Poll::Pending => {}
        }
        self.silent.get_or_insert_with(Instant::now);
        loop {
            let every = self.known.limits.look;
            let look = self.look.get_or_insert_with(|| Box::pin(sleep(every)));
            ready!(look.as_mut().poll(task));
            self.look = None;
            if let Some(refused) = self.too_much() {
                return Poll::Ready(Some(Err(refused)));
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        self.hold(0);
    }
}

/// What a caller gets.
pub(super) struct AnswerBody {
    inner: Body,
    caller: Option<Caller>,
    /// Until the transport asks for its beginning.
    unasked: Option<WaitingBytes>,
    _call: Option<Call>,
}

/// Bytes of an answer. They count until the transport has dropped the last of them: it keeps what
/// its peer does not read.
struct Waiting {
    bytes: Bytes,
    _given: WaitingBytes,
}

impl AsRef<[u8]> for Waiting {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.unasked = None;
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(task));
        let Some(caller) = &self.caller else { return Poll::Ready(frame) };
        let wait = |bytes: Bytes| {
            let _given = caller.give(bytes.len());
            Bytes::from_owner(Waiting { bytes, _given })
        };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(wait))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, time::Duration};

    use http_body::Body as _;

    use super::{super::Limits, *};
    use crate::stop::Stop;

    /// Pieces of a body that have all come.
    struct Pieces(Vec<&'static [u8]>);

    impl http_body::Body for Pieces {
        type Data = Bytes;
        type Error = Status;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
            let next = (!self.0.is_empty()).then(|| self.0.remove(0));
            Poll::Ready(next.map(|next| Ok(Frame::data(Bytes::from_static(next)))))
        }
    }

    #[tokio::test]
    async fn while_nobody_asks_for_more_of_a_message_its_time_does_not_run() {
        let limits = Limits { message: Duration::from_millis(200), ..Limits::of_process() };
        let known = Connections::new(limits, Stop::default());
        let pieces = Pieces(vec![&[0, 0, 0, 0, 9, 1], &[2, 3], &[4, 5], &[6, 7, 8, 9]]);
        let mut asked = RequestBody::new(Body::new(pieces), known);
        let next = poll_fn(|task| Pin::new(&mut asked).poll_frame(task)).await;
        next.unwrap().unwrap();
        for _ in 0..3 {
            tokio::time::sleep(limits.message * 2).await;
            let next = poll_fn(|task| Pin::new(&mut asked).poll_frame(task)).await;
            assert!(next.is_some_and(|next| next.is_ok()), "it was there all the time");
        }
    }
}
