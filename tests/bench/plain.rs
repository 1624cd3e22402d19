//! `SubmitRating` by HTTP/2 frames alone, without a gRPC library around them: what the server can
//! do when its callers on the same cores cost little. (A load generator that sends one and the same
//! body, as h2load does, would send one rating again and again.)

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use h2::client::{Builder, SendRequest};
use prost::{
    Message as _,
    bytes::{BufMut as _, Bytes, BytesMut},
};
use tokio::net::TcpStream;
use tonic::codegen::http::Request;

use crate::callers::{SPAN, WARM, request};

/// Connections that the streams share.
const CONNECTIONS: usize = 4;
/// Large enough that no answer waits for the window.
const WINDOW: u32 = 1 << 22;

async fn connect(address: SocketAddr) -> SendRequest<Bytes> {
    let socket = TcpStream::connect(address).await.unwrap();
    socket.set_nodelay(true).unwrap();
    let mut builder = Builder::new();
    builder.initial_window_size(WINDOW).initial_connection_window_size(WINDOW);
    let (sender, connection) = builder.handshake(socket).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// A message as gRPC frames it: not compressed, its length, itself.
fn framed(token: &str) -> Bytes {
    let message = request(token);
    let mut frame = BytesMut::with_capacity(5 + message.encoded_len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut frame).unwrap();
    frame.freeze()
}

async fn call(sender: SendRequest<Bytes>, address: SocketAddr, kiosk: &str, token: &str) {
    let path = "pingyi.intake.v1.RatingService/SubmitRating";
    let head = Request::post(format!("http://{address}/{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", kiosk)
        .body(())
        .unwrap();
    let mut sender = sender.ready().await.unwrap();
    let (answer, mut body) = sender.send_request(head, false).unwrap();
    body.send_data(framed(token), true).unwrap();
    let mut answer = answer.await.unwrap().into_body();
    while let Some(data) = answer.data().await {
        answer.flow_control().release_capacity(data.unwrap().len()).unwrap();
    }
    let trailers = answer.trailers().await.unwrap().unwrap();
    assert_eq!(trailers.get("grpc-status").unwrap(), "0");
}

/// Ratings acknowledged per second over this many streams.
pub(crate) async fn rate(
    address: &str,
    streams: usize,
    kiosk: &str,
    tokens: &Arc<Vec<String>>,
) -> f64 {
    let address: SocketAddr = address.parse().unwrap();
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(connect(address).await);
    }
    let calls: Vec<_> = (0..streams)
        .map(|n| {
            let (stop, done, tokens) = (Arc::clone(&stop), Arc::clone(&done), Arc::clone(tokens));
            let sender = connections[n % CONNECTIONS].clone();
            let kiosk = format!("Bearer {kiosk}");
            tokio::spawn(async move {
                let mut next = n;
                while !stop.load(Ordering::Relaxed) {
                    call(sender.clone(), address, &kiosk, &tokens[next % tokens.len()]).await;
                    next += streams;
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    tokio::time::sleep(WARM).await;
    let (began, before) = (Instant::now(), done.load(Ordering::Relaxed));
    tokio::time::sleep(SPAN).await;
    let counted = done.load(Ordering::Relaxed) - before;
    let per_second = counted as f64 / Duration::as_secs_f64(&began.elapsed());
    stop.store(true, Ordering::Relaxed);
    for call in calls {
        call.await.unwrap();
    }
    per_second
}
