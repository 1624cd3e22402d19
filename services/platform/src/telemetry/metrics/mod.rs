//! Metrics: the same instruments are read by whoever scrapes ([`scrape`]) and sent to the collector ([`push`]).
//! What a store knows is read when somebody asks, at most every few seconds, and never from a whole table.

mod process;
mod push;
mod scrape;
mod stores;
pub mod table;

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

pub use opentelemetry::metrics::Histogram;
use opentelemetry::metrics::{AsyncInstrument, Meter, MeterProvider as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
        data::ResourceMetrics, reader::MetricReader,
    },
};
use prometheus::Registry;
use tokio::{net::TcpListener, task::JoinSet};

use super::{Export, resource};
use crate::status::Failure;
pub use stores::of_store;
use table::{ALL, Kind, LOOK_DONE, SERVICE};
pub use table::{Measure, Reading};

/// How old what was read from stores may be.
const FRESH: Duration = Duration::from_secs(5);
/// How many times as long as a look took no other follows: so looking never costs more than that share.
const REST: u32 = 20;
/// How long a look may take.
const LOOK: Duration = Duration::from_secs(5);

/// To whom a process's metrics go.
#[derive(Default)]
pub struct Measuring {
    /// The metrics.
    pub metrics: Metrics,
    /// Where they are read.
    pub scraped: Option<TcpListener>,
    /// Where they are sent.
    pub sent: Option<Export>,
}

/// The readings of one look, once they are there.
type Looking = Pin<Box<dyn Future<Output = Result<Vec<Reading>, Failure>> + Send>>;

/// Reads some metrics from a store.
struct Look {
    name: &'static str,
    look: Box<dyn Fn() -> Looking + Send + Sync>,
}

/// A process's metrics.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    meter: Meter,
    /// Ends with its last handle.
    _provider: SdkMeterProvider,
    scraped: Registry,
    sent: Arc<ManualReader>,
    looks: Mutex<Vec<Arc<Look>>>,
    readings: Arc<Mutex<Vec<Reading>>>,
    looked: tokio::sync::Mutex<Looked>,
}

/// The last looks: when they ended, and how long they took.
type Looked = Option<(Instant, Duration)>;

impl Default for Metrics {
    /// Nobody reads them.
    fn default() -> Self {
        Self::of(&[], false, false)
    }
}

impl Metrics {
    /// Those of a process that runs these services; whether somebody scrapes them, and whether they are sent.
    #[must_use]
    pub fn of(roles: &[&'static str], scraped: bool, sent: bool) -> Self {
        process::started();
        let (registry, reader) = (Registry::new(), Arc::new(ManualReader::default()));
        let mut provider = SdkMeterProvider::builder().with_resource(resource(roles));
        if scraped {
            let exporter = opentelemetry_prometheus::exporter()
                .with_registry(registry.clone())
                .scope_info_enabled(false);
            match exporter.build() {
                Ok(exporter) => provider = provider.with_reader(exporter),
                // A registry of its own takes everything.
                Err(error) => tracing::error!(error = %error, "no metrics can be read"),
            }
        }
        if sent {
            provider = provider.with_reader(Shared(Arc::clone(&reader)));
        }
        let provider = provider.build();
        let readings = Arc::<Mutex<Vec<Reading>>>::default();
        let meter = provider.meter("pingyi");
        for measure in ALL {
            let readings = Arc::clone(&readings);
            let show = move |observer: &dyn AsyncInstrument<f64>| {
                for reading in lock(&readings).iter() {
                    reading.show(measure, observer);
                }
            };
            let Measure { name, unit, kind, about } = measure;
            match kind {
                Kind::Gauge => {
                    let gauge = meter.f64_observable_gauge(*name).with_unit(*unit);
                    let _ = gauge.with_description(*about).with_callback(show).build();
                }
                Kind::Counter => {
                    let counter = meter.f64_observable_counter(*name).with_unit(*unit);
                    let _ = counter.with_description(*about).with_callback(show).build();
                }
                Kind::Histogram(_) => {}
            }
        }
        Self(Arc::new(Inner {
            meter,
            _provider: provider,
            scraped: registry,
            sent: reader,
            looks: Mutex::default(),
            readings,
            looked: tokio::sync::Mutex::default(),
        }))
    }

    /// What a histogram is recorded by.
    #[must_use]
    pub fn histogram(&self, measure: &'static Measure) -> Histogram<f64> {
        let bounds = match measure.kind {
            Kind::Histogram(bounds) => bounds.to_vec(),
            Kind::Gauge | Kind::Counter => Vec::new(),
        };
        let histogram = self.0.meter.f64_histogram(measure.name).with_boundaries(bounds);
        histogram.with_unit(measure.unit).with_description(measure.about).build()
    }

    /// Has `look` asked whenever somebody reads; it is a service's, or a part's, and cheap.
    pub fn look<F>(&self, name: &'static str, look: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = Result<Vec<Reading>, Failure>> + Send + 'static,
    {
        let look = Box::new(move || -> Looking { Box::pin(look()) });
        lock(&self.0.looks).push(Arc::new(Look { name, look }));
    }

    /// Reads what stores know, unless that was done a moment ago.
    async fn refresh(&self) {
        let mut looked = self.0.looked.lock().await;
        if looked.is_some_and(|(at, took)| at.elapsed() < FRESH.max(took * REST)) {
            return;
        }
        let began = Instant::now();
        let mut looking = JoinSet::new();
        for look in lock(&self.0.looks).iter() {
            let (name, asked) = (look.name, (look.look)());
            looking.spawn(async move { (name, tokio::time::timeout(LOOK, asked).await) });
        }
        let mut readings = process::now();
        while let Some(done) = looking.join_next().await {
            let Ok((name, done)) = done else { continue };
            let success = matches!(done, Ok(Ok(_)));
            readings.push(LOOK_DONE.is(f64::from(u8::from(success))).with(SERVICE, name));
            match done {
                Ok(Ok(more)) => readings.extend(more),
                // What is wrong with the store is reported by whoever needs it.
                Ok(Err(error)) => tracing::debug!(name, error = %error, "metrics cannot be read"),
                Err(_) => tracing::debug!(name, "metrics cannot be read in time"),
            }
        }
        *lock(&self.0.readings) = readings;
        *looked = Some((Instant::now(), began.elapsed()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reader that is asked by us, too.
#[derive(Debug)]
struct Shared(Arc<ManualReader>);

impl MetricReader for Shared {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::{
        table::{BATCH, FACTS_WRITTEN, QUEUE, TROUBLES},
        *,
    };

    #[tokio::test]
    async fn what_is_read_a_moment_later_asks_no_store_again_and_what_fails_is_missing() {
        let metrics = Metrics::of(&["intake"], true, false);
        let asked = Arc::new(AtomicU64::new(0));
        let counting = Arc::clone(&asked);
        metrics.look("intake", move || {
            counting.fetch_add(1, Ordering::Relaxed);
            async { Ok(vec![QUEUE.is(7.0), FACTS_WRITTEN.is(3.0).with(SERVICE, "intake")]) }
        });
        metrics.look("ticketing", || async { Err(Failure::Internal("away".to_owned())) });
        metrics.histogram(&BATCH).record(3.0, &[]);
        let text = metrics.text().await;
        for line in [
            "pingyi_commit_queue_length 7",
            "pingyi_fact_written_position{pingyi_service=\"intake\"} 3",
            "pingyi_look_success_ratio{pingyi_service=\"intake\"} 1",
            "pingyi_look_success_ratio{pingyi_service=\"ticketing\"} 0",
            "pingyi_commit_batch_size_bucket{le=\"4\"} 1",
            "# TYPE process_cpu_time_seconds_total counter",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains(&TROUBLES.name.replace('.', "_")), "nobody said anything of it");
        assert!(metrics.text().await.contains("pingyi_commit_queue_length 7"));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
