//! Sends a terminal's spans to a collector (OTLP over gRPC). For the window's program, which has no
//! other telemetry; a process that runs services uses the services' own.

use std::time::Duration;

use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracerProvider},
};
use tracing_subscriber::{
    Layer as _, filter::filter_fn, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::TARGET;

/// How long sending the rest may take when the program ends.
const LAST: Duration = Duration::from_secs(2);

/// Reports how long somebody waited for a picture, and for which.
pub fn drawn(wait: &'static str, took: Duration) {
    let microseconds = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    drop(tracing::info_span!(target: TARGET, parent: None, "drawn", wait, microseconds));
}

/// Sends the rest when the program ends.
#[must_use = "what is left is sent by `end`"]
pub struct Telemetry(SdkTracerProvider);

impl Telemetry {
    /// Sends the rest, within two seconds.
    pub fn end(self) {
        // Spans that do not arrive then are lost, as they would be without a collector.
        let _ = self.0.shutdown_with_timeout(LAST);
    }
}

/// Starts sending this share of the traces to `endpoint`, `http://…`. Call it inside the runtime of
/// the gateway; nobody waits for a collector that is away.
///
/// # Errors
/// If `endpoint` is no address.
pub fn init(endpoint: &str, ratio: f64) -> Result<Telemetry, ExporterBuildError> {
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let about = [
        KeyValue::new("service.name", "pingyi-kiosk"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ];
    let provider = SdkTracerProvider::builder()
        .with_resource(Resource::builder_empty().with_attributes(about).build())
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
        .with_batch_exporter(exporter)
        .build();
    // Only our own spans: neither a library's, nor log lines.
    let ours = filter_fn(|about| about.is_span() && about.target() == TARGET);
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("pingyi-kiosk"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false);
    // Fails only if it was started before: then it already runs.
    let _ = tracing_subscriber::registry().with(spans.with_filter(ours)).try_init();
    Ok(Telemetry(provider))
}
