//! Answers whoever reads metrics: `GET /metrics` in Prometheus's text format, over plain HTTP. There is no
//! person, no secret and no name in it; who may read it decides the address.

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{
    Method, Request, Response, StatusCode, header, server::conn::http1, service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::TextEncoder;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::Metrics;
use crate::stop::Stop;

/// How many read at once; others wait.
const READERS: usize = 8;
/// How long one may take, from its first byte to the last of the answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a request's headers may take, and how large they may be.
const HEADERS: Duration = Duration::from_secs(5);
const REQUEST: usize = 16 << 10;
/// How long to wait after nobody could be accepted.
const PAUSE: Duration = Duration::from_millis(100);
/// What Prometheus calls its text.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Metrics {
    /// All metrics as text, as they are now.
    pub async fn text(&self) -> String {
        self.refresh().await;
        let mut text = String::new();
        if let Err(error) = TextEncoder::new().encode_utf8(&self.0.scraped.gather(), &mut text) {
            tracing::error!(error = %error, "metrics cannot be written");
        }
        text
    }

    /// Answers until the process stops.
    pub async fn serve(self, listener: TcpListener, stop: Stop) {
        let readers = Arc::new(Semaphore::new(READERS));
        loop {
            // It is never closed.
            let Ok(place) = Arc::clone(&readers).acquire_owned().await else { return };
            let stream = tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    Err(_) => {
                        sleep(PAUSE).await;
                        continue;
                    }
                },
                () = stop.stopped() => return,
            };
            let (metrics, stop) = (self.clone(), stop.clone());
            tokio::spawn(async move {
                tokio::select! {
                    _ = timeout(PATIENCE, metrics.answer(stream)) => {}
                    () = stop.stopped() => {}
                }
                drop(place);
            });
        }
    }

    async fn answer(&self, stream: TcpStream) {
        let answer = |request: Request<hyper::body::Incoming>| async move {
            let (path, method) = (request.uri().path(), request.method());
            Ok::<_, Infallible>(match (path, method) {
                ("/metrics", &Method::GET) => said(StatusCode::OK, self.text().await),
                ("/metrics", _) => said(StatusCode::METHOD_NOT_ALLOWED, String::new()),
                _ => said(StatusCode::NOT_FOUND, String::new()),
            })
        };
        // A reader that goes away needs no word.
        let _ = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS)
            .max_buf_size(REQUEST)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service_fn(answer))
            .await;
    }
}

fn said(status: StatusCode, text: String) -> Response<String> {
    let mut response = Response::new(text);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(TEXT));
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn ask(address: std::net::SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn metrics_are_read_by_get_and_nothing_else_is_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, stop) = (listener.local_addr().unwrap(), Stop::default());
        let serving = tokio::spawn(Metrics::of(&[], true, false).serve(listener, stop.clone()));
        let host = "HTTP/1.1\r\nHost: x\r\n\r\n";
        let read = ask(address, &format!("GET /metrics {host}")).await;
        assert!(read.starts_with("HTTP/1.1 200 OK\r\n"), "{read}");
        assert!(read.contains(TEXT) && read.contains("\nprocess_uptime_seconds "), "{read}");
        let other = ask(address, &format!("GET / {host}")).await;
        assert!(other.starts_with("HTTP/1.1 404"), "{other}");
        let other = ask(address, &format!("DELETE /metrics {host}")).await;
        assert!(other.starts_with("HTTP/1.1 405"), "{other}");
        // Those who say nothing keep nobody out.
        let mut silent = Vec::new();
        for _ in 1..READERS {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let read = ask(address, &format!("GET /metrics {host}")).await;
        assert!(read.starts_with("HTTP/1.1 200 OK\r\n"), "{read}");
        stop.stop();
        serving.await.unwrap();
    }
}
