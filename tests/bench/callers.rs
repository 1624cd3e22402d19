//! Callers that rate as fast as they are answered.

#![allow(dead_code, reason = "each measurement tells its own part of a figure")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use e2e::citizens::signed;
use jiff::Timestamp;
use platform::clock::Clock;
use proto::{
    intake::v1::{SubmitRatingRequest, rating_service_client::RatingServiceClient},
    r#type::v1::{Channel as RatingChannel, Level},
};
use tonic::transport::{Channel, Endpoint};

/// How many acts are rated, over and over.
pub(crate) const ACTS: usize = 1_000;
/// How long connections and caches warm up before anything is counted.
pub(crate) const WARM: Duration = Duration::from_millis(500);
/// How long each measurement of a round takes.
pub(crate) const SPAN: Duration = Duration::from_secs(4);

pub(crate) fn request(token: &str) -> SubmitRatingRequest {
    SubmitRatingRequest {
        request_id: Clock::System.new_id().to_string(),
        token: token.to_owned(),
        level: Level::Satisfied.into(),
        tag_codes: vec!["406".to_owned(), "413".to_owned()],
        tag_list_version: "national-2020-05".to_owned(),
        text: "示例评价文字".repeat(12),
        channel: RatingChannel::Kiosk.into(),
        ..SubmitRatingRequest::default()
    }
}

/// Ratings acknowledged per second by this many callers over four connections, and the latency's
/// median and 99th percentile.
pub(crate) async fn rate(
    address: &str,
    callers: usize,
    kiosk: &str,
    tokens: &Arc<Vec<String>>,
) -> Figure {
    let stop = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicU64::new(0));
    let connections: Vec<Channel> = (0..4)
        .map(|_| Endpoint::from_shared(format!("http://{address}")).unwrap().connect_lazy())
        .collect();
    let calls: Vec<_> = (0..callers)
        .map(|n| {
            let (stop, done, tokens) = (Arc::clone(&stop), Arc::clone(&done), Arc::clone(tokens));
            let (channel, kiosk) = (connections[n % 4].clone(), kiosk.to_owned());
            tokio::spawn(async move {
                let mut client = RatingServiceClient::new(channel);
                let mut latencies = Vec::new();
                let mut next = n;
                while !stop.load(Ordering::Relaxed) {
                    let message = request(&tokens[next % tokens.len()]);
                    next += callers;
                    let began = Instant::now();
                    client.submit_rating(signed(message, &kiosk)).await.unwrap();
                    latencies.push(began.elapsed());
                    done.fetch_add(1, Ordering::Relaxed);
                }
                latencies
            })
        })
        .collect();
    tokio::time::sleep(WARM).await;
    let (began, before) = (Instant::now(), done.load(Ordering::Relaxed));
    let from = Clock::System.now();
    tokio::time::sleep(SPAN).await;
    let counted = done.load(Ordering::Relaxed) - before;
    let until = Clock::System.now();
    let per_second = counted as f64 / began.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    let mut latencies = Vec::new();
    for call in calls {
        latencies.extend(call.await.unwrap());
    }
    latencies.sort_unstable();
    let at = |percent: usize| {
        let index = latencies.len() * percent / 100;
        latencies[index.min(latencies.len() - 1)].as_secs_f64() * 1e3
    };
    let ratings = done.load(Ordering::Relaxed);
    Figure { ratings, per_second, p50_ms: at(50), p99_ms: at(99), from, until }
}

#[derive(Clone, Copy)]
pub(crate) struct Figure {
    /// How many were acknowledged, with those before and after the span.
    pub(crate) ratings: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// What was counted was acknowledged between these.
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
