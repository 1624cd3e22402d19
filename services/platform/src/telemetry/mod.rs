//! What a process reports about itself: structured logs on standard error, and spans and metrics to a
//! collector (OTLP over gRPC) if one is configured. Logs and spans carry the same trace ids; there are ids
//! even if nothing is sent, so that a failure can be quoted. Metrics can be read as well.
//!
//! Spans come from here and from `rpc`, from applying facts and from committing ratings, all with
//! the target [`TARGET`]. Nothing else becomes a span, whatever libraries trace, and no log line
//! becomes part of one. So a store's message about a row cannot leave with a span.

mod lines;
pub mod metrics;
mod outbox;
pub mod rpc;
pub mod trace;

use std::sync::LazyLock;

use opentelemetry::{KeyValue, StringValue, Value, trace::TracerProvider as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt as _, LevelFilter, filter_fn},
    fmt::{self, format::JsonFields},
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use crate::{clock::Clock, tls::Clients};

/// The target of every span.
pub const TARGET: &str = "pingyi";

/// The end of a span whose transaction was undone and is tried again: it is not sent, as if it had
/// not been.
pub const UNDONE: &str = "undone";

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// Where spans go.
#[derive(Clone, Debug)]
pub struct Export {
    /// The collector, as `https://…` or `http://…`.
    pub endpoint: String,
    /// How to connect to it.
    pub clients: Clients,
    /// Which share of the traces that begin here is sent, from 0 to 1. A trace that began elsewhere
    /// is sent if it is sent there.
    pub ratio: f64,
    /// The services that run in this process.
    pub roles: Vec<&'static str>,
}

/// Whether `level` is a level or filter that logging can start with.
#[must_use]
pub fn is_level(level: &str) -> bool {
    EnvFilter::try_new(level).is_ok()
}

/// Sends the rest when the process ends.
#[must_use = "what is left is sent by `end`"]
pub struct Telemetry {
    outbox: Option<outbox::Sending>,
}

impl Telemetry {
    /// Sends the rest, within two seconds.
    pub async fn end(self) {
        if let Some(outbox) = self.outbox {
            outbox.end().await;
        }
    }
}

/// Starts logging at `level` and above, and sending spans if there is a collector. A second call
/// changes nothing. Nobody waits for a collector that is away.
pub fn init(format: LogFormat, level: &str, export: Option<Export>) -> Telemetry {
    let sent = export.map(|export| {
        let (outbox, sending) =
            outbox::start(export.endpoint, export.clients, &resource(&export.roles));
        let sampling = trace::Sampling::new(export.ratio);
        sampling.start();
        let provider = SdkTracerProvider::builder()
            .with_resource(Resource::builder_empty().build())
            .with_id_generator(trace::Ids::default())
            .with_sampler(sampling)
            .with_span_processor(outbox)
            .build();
        (provider, sending)
    });
    // Without a collector there is no layer at all: even an empty one would make every event of
    // every library be checked, whatever its level. It fails only if it was started before, as in
    // tests.
    let _ = match &sent {
        None => tracing_subscriber::registry().with(logs(format, level)).try_init(),
        Some((provider, _)) => tracing_subscriber::registry()
            .with(spans(provider))
            .with(logs(format, level))
            .try_init(),
    };
    Telemetry { outbox: sent.map(|(_, sending)| sending) }
}

fn spans<S>(provider: &SdkTracerProvider) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let ours = filter_fn(|about| about.is_span() && about.target() == TARGET);
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("pingyi"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
}

fn logs<S>(format: LogFormat, level: &str) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    // Spans are not for the log: it has their ids. The database's driver warns of each connection
    // that breaks and of each that comes slowly: thousands of lines in a bad minute. The trouble of
    // the store is reported once instead.
    let driver = level.contains("sqlx");
    let events = filter_fn(move |about| {
        let (target, level) = (about.target(), *about.level());
        let chatter = target.starts_with("sqlx") && level > tracing::Level::ERROR;
        // Of what the library says about itself only what is wrong is of use.
        let inner = target.starts_with("opentelemetry") && level > tracing::Level::WARN;
        about.is_event() && (driver || !chatter) && !inner
    });
    let events = events.with_max_level_hint(LevelFilter::TRACE);
    let filter = filter.and(events);
    let logs = fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => {
            let json = fmt::format().json().with_current_span(false).with_span_list(false);
            let logs = logs.fmt_fields(JsonFields::new()).event_format(lines::Json(json));
            logs.with_filter(filter).boxed()
        }
        LogFormat::Text => {
            logs.event_format(lines::Text(fmt::format())).with_filter(filter).boxed()
        }
    }
}

/// Who reports: the same in spans and in metrics.
fn resource(roles: &[&'static str]) -> Resource {
    static INSTANCE: LazyLock<String> = LazyLock::new(|| Clock::System.new_id().to_string());
    let roles = roles.iter().map(|role| StringValue::from(*role)).collect::<Vec<_>>();
    Resource::builder_empty()
        .with_attributes([
            KeyValue::new("service.name", "pingyi"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", INSTANCE.as_str()),
            KeyValue::new("pingyi.roles", Value::Array(roles.into())),
        ])
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_the_level_is_not_even_looked_at() {
        let registry = tracing_subscriber::registry;
        let off = registry().with(logs(LogFormat::Json, "warn"));
        assert_eq!(off.max_level_hint(), Some(LevelFilter::WARN));
        let provider = SdkTracerProvider::builder().build();
        let on = registry().with(spans(&provider)).with(logs(LogFormat::Json, "warn"));
        assert_eq!(on.max_level_hint(), Some(LevelFilter::INFO));
    }
}
