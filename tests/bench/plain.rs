//! `SubmitRating` by HTTP/2 frames alone, without a library around them: what the server can do when
//! its callers on the same cores cost next to nothing. (A load generator that sends one and the same
//! body, as h2load does, would send one rating again and again.)

use std::{
    collections::HashSet,
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use prost::Message as _;
use proto::intake::v1::SubmitRatingResponse;

use crate::callers::{SPAN, WARM, request};

/// Connections that the streams share, each with a thread of its own.
const CONNECTIONS: usize = 4;
const PATH: &[u8] = b"/pingyi.intake.v1.RatingService/SubmitRating";

// Of RFC 9113, section 6: the frames there are, and their flags.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
/// What may be sent before the server makes room for more.
const FIRST_WINDOW: usize = 65_535;

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    out.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// A string as HPACK (RFC 7541) writes it, without Huffman's code.
fn string(out: &mut Vec<u8>, value: &[u8]) {
    match value.len() {
        short @ ..127 => out.push(u8::try_from(short).unwrap()),
        long => {
            let mut rest = long - 127;
            out.push(127);
            while rest >= 128 {
                out.push(u8::try_from(rest % 128).unwrap() | 128);
                rest /= 128;
            }
            out.push(u8::try_from(rest).unwrap());
        }
    }
    out.extend_from_slice(value);
}

/// The headers of a connection's first request, which puts them into the server's table, and those
/// of all others, which name their places there.
fn headers(address: &str, kiosk: &str) -> (Vec<u8>, Vec<u8>) {
    // POST, http; then a path, an authority, a content type and an authorization by their names'
    // places in the table that everybody has, and `te`, which has none.
    let mut first = vec![0x83, 0x86];
    for (place, value) in [(4, PATH), (1, address.as_bytes()), (31, b"application/grpc")] {
        first.push(0x40 | place);
        string(&mut first, value);
    }
    first.push(0x40);
    string(&mut first, b"te");
    string(&mut first, b"trailers");
    first.push(0x40 | 23);
    string(&mut first, format!("Bearer {kiosk}").as_bytes());
    (first, vec![0x83, 0x86, 0x80 | 66, 0x80 | 65, 0x80 | 64, 0x80 | 63, 0x80 | 62])
}

struct Connection {
    socket: TcpStream,
    headers: Vec<u8>,
    tokens: Arc<Vec<String>>,
    next_token: usize,
    next_stream: u32,
    /// What is to be sent.
    out: Vec<u8>,
    /// How much of DATA the server has room for.
    window: usize,
    /// Calls that wait for room.
    waiting: usize,
    /// Streams whose message came, and whose end did not.
    answered: HashSet<u32>,
}

impl Connection {
    fn open(address: &str, kiosk: &str, tokens: Arc<Vec<String>>, n: usize) -> Self {
        let socket = TcpStream::connect(address).unwrap();
        socket.set_nodelay(true).unwrap();
        let mut out = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
        frame(&mut out, SETTINGS, 0, 0, &[]);
        // Room for all the answers there can be.
        frame(&mut out, WINDOW_UPDATE, 0, 0, &0x7fff_0000_u32.to_be_bytes());
        let (first, headers) = headers(address, kiosk);
        let next_token = n * tokens.len() / CONNECTIONS;
        let (window, waiting, answered) = (FIRST_WINDOW, 0, HashSet::new());
        let mut connection = Self {
            socket,
            headers: first,
            tokens,
            next_token,
            next_stream: 1,
            out,
            window,
            waiting,
            answered,
        };
        connection.call();
        connection.headers = headers;
        connection
    }

    /// Sends a rating, or leaves it until there is room.
    fn call(&mut self) {
        let mut message = vec![0; 5];
        request(&self.tokens[self.next_token % self.tokens.len()]).encode(&mut message).unwrap();
        let length = u32::try_from(message.len() - 5).unwrap();
        message[1..5].copy_from_slice(&length.to_be_bytes());
        if message.len() > self.window {
            self.waiting += 1;
            return;
        }
        self.window -= message.len();
        self.next_token += 1;
        frame(&mut self.out, HEADERS, END_HEADERS, self.next_stream, &self.headers);
        frame(&mut self.out, DATA, END_STREAM, self.next_stream, &message);
        self.next_stream += 2;
    }

    /// Rates over this many streams until told to stop.
    fn run(mut self, streams: usize, stop: &AtomicBool, done: &AtomicU64) {
        for _ in 1..streams {
            self.call();
        }
        let (mut open, mut came, mut buffer) = (streams, Vec::new(), vec![0; 1 << 16]);
        while open > 0 {
            self.socket.write_all(&self.out).unwrap();
            self.out.clear();
            let read = self.socket.read(&mut buffer).unwrap();
            assert!(read > 0, "the server closed the connection");
            came.extend_from_slice(&buffer[..read]);
            let mut ended = 0;
            let mut rest = came.as_slice();
            while let Some((head, behind)) = rest.split_first_chunk::<9>() {
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
                let Some((payload, behind)) = behind.split_at_checked(length) else { break };
                let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
                ended += usize::from(self.take((head[3], head[4]), stream, payload));
                rest = behind;
            }
            came.drain(..came.len() - rest.len());
            done.fetch_add(ended as u64, Ordering::Relaxed);
            match stop.load(Ordering::Relaxed) {
                true => open -= ended + std::mem::take(&mut self.waiting),
                false => (0..ended + std::mem::take(&mut self.waiting)).for_each(|_| self.call()),
            }
        }
    }

    /// Takes a frame; true if a call ended with it.
    fn take(&mut self, (kind, flags): (u8, u8), stream: u32, payload: &[u8]) -> bool {
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap()) as usize;
        match kind {
            DATA => {
                let answer = SubmitRatingResponse::decode(&payload[5..]).unwrap();
                assert!(!answer.rating_id.is_empty());
                self.answered.insert(stream);
            }
            HEADERS if flags & END_STREAM != 0 => {
                assert!(self.answered.remove(&stream), "a call was refused");
                return true;
            }
            SETTINGS if flags & ACK == 0 => frame(&mut self.out, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => frame(&mut self.out, PING, ACK, 0, payload),
            WINDOW_UPDATE if stream == 0 => self.window += number(payload),
            HEADERS | CONTINUATION | SETTINGS | PING | WINDOW_UPDATE => {}
            _ => panic!("a frame of kind {kind}"),
        }
        false
    }
}

/// Ratings acknowledged per second over this many streams.
pub(crate) async fn rate(
    address: &str,
    streams: usize,
    kiosk: &str,
    tokens: &Arc<Vec<String>>,
) -> f64 {
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|n| {
            let connection = Connection::open(address, kiosk, Arc::clone(tokens), n);
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            thread::spawn(move || connection.run(streams / CONNECTIONS, &stop, &done))
        })
        .collect();
    tokio::time::sleep(WARM).await;
    let (began, before) = (Instant::now(), done.load(Ordering::Relaxed));
    tokio::time::sleep(SPAN).await;
    let counted = done.load(Ordering::Relaxed) - before;
    let per_second = counted as f64 / began.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    for connection in connections {
        connection.join().unwrap();
    }
    per_second
}
