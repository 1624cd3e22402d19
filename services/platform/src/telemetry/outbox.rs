//! Spans on their way to the collector: a bounded queue and one task that sends them in batches.
//! The end of a span never waits; spans that do not fit are counted and reported, not kept.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::trace::Status;
use opentelemetry_proto::{
    tonic::collector::trace::v1::{
        ExportTraceServiceRequest, trace_service_client::TraceServiceClient,
    },
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};
use tokio::{
    sync::{Notify, mpsc},
    task::JoinHandle,
    time::Instant,
};

use tonic::{
    Status as Refusal,
    transport::{Channel, Endpoint},
};

use super::UNDONE;
use crate::{stop::Stop, tls::Clients};

/// How many spans may wait.
const QUEUE: usize = 8_192;
/// How many spans one call holds at most.
const BATCH: usize = 512;
/// How long a span waits for others, so that a quiet process does not call for each.
const LINGER: Duration = Duration::from_millis(200);
/// How long the collector may take to answer.
pub(super) const ANSWER: Duration = Duration::from_secs(5);
/// How long sending the rest may take when the process ends.
const LAST: Duration = Duration::from_secs(2);
/// How often at most it is reported that spans do not arrive.
const REPORT_AGAIN: Duration = Duration::from_secs(60);

/// Takes ended spans.
#[derive(Debug)]
pub(super) struct Outbox {
    sender: mpsc::Sender<SpanData>,
    full: Arc<Notify>,
    lost: Arc<AtomicU64>,
}

impl SpanProcessor for Outbox {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        if matches!(&span.status, Status::Error { description } if description == UNDONE) {
            return;
        }
        if self.sender.try_send(span).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        } else if self.sender.capacity() <= QUEUE - BATCH {
            self.full.notify_one();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The task that sends.
pub(super) struct Sending {
    stop: Stop,
    task: JoinHandle<()>,
}

impl Sending {
    pub(super) async fn end(self) {
        self.stop.stop();
        let abort = self.task.abort_handle();
        if tokio::time::timeout(LAST, self.task).await.is_err() {
            abort.abort();
            tracing::warn!("the last spans were not delivered: the collector does not answer");
        }
    }
}

/// Starts sending to `endpoint`.
pub(super) fn start(endpoint: String, clients: Clients, resource: &Resource) -> (Outbox, Sending) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let (full, lost, stop) = (Arc::new(Notify::new()), Arc::default(), Stop::default());
    let outbox = Outbox { sender, full: Arc::clone(&full), lost: Arc::clone(&lost) };
    let (stopping, resource) = (stop.clone(), resource.into());
    let task = tokio::spawn(async move {
        let to_collector = |to: Endpoint| to.timeout(ANSWER).connect_timeout(ANSWER);
        match clients.channel(&endpoint, to_collector) {
            Ok(collector) => {
                let client = TraceServiceClient::new(collector);
                let trouble = Trouble { reported_at: None, failed: 0, reason: String::new(), lost };
                Sender { client, resource, receiver, full, trouble }.run(stopping).await;
            }
            // Never in the clear, and never for an address that the configuration accepts.
            Err(error) => tracing::error!(error = %error, "no spans are sent"),
        }
    });
    (outbox, Sending { stop, task })
}

struct Sender {
    client: TraceServiceClient<Channel>,
    resource: ResourceAttributesWithSchema,
    receiver: mpsc::Receiver<SpanData>,
    full: Arc<Notify>,
    trouble: Trouble,
}

impl Sender {
    /// Sends until stopped and nothing is left.
    async fn run(mut self, stop: Stop) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                span = self.receiver.recv() => batch.extend(span),
                () = stop.stopped() => {}
            }
            if self.receiver.len() < BATCH && !stop.is_stopped() {
                tokio::select! {
                    () = tokio::time::sleep(LINGER) => {}
                    () = self.full.notified() => {}
                    () = stop.stopped() => {}
                }
            }
            while batch.len() < BATCH {
                let Ok(span) = self.receiver.try_recv() else { break };
                batch.push(span);
            }
            if batch.is_empty() {
                break;
            }
            let sending = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
            let count = sending.len() as u64;
            match tokio::time::timeout(ANSWER, self.send(sending)).await {
                Ok(Ok(())) => {}
                Ok(Err(status)) => {
                    let reason = format!("{:?}: {}", status.code(), status.message());
                    self.trouble.failed(count, reason);
                }
                Err(_) => self.trouble.failed(count, "the collector does not answer".to_owned()),
            }
            self.trouble.report(false);
        }
        self.trouble.report(true);
    }

    async fn send(&mut self, spans: Vec<SpanData>) -> Result<(), Refusal> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let answer = self.client.export(ExportTraceServiceRequest { resource_spans }).await?;
        match answer.into_inner().partial_success {
            Some(partial) if partial.rejected_spans > 0 => {
                Err(Refusal::data_loss(partial.error_message))
            }
            _ => Ok(()),
        }
    }
}

/// What went wrong since the last report.
struct Trouble {
    reported_at: Option<Instant>,
    failed: u64,
    reason: String,
    lost: Arc<AtomicU64>,
}

impl Trouble {
    fn failed(&mut self, count: u64, reason: String) {
        self.failed += count;
        self.reason = reason;
    }

    fn report(&mut self, at_the_end: bool) {
        let recently = self.reported_at.is_some_and(|at| at.elapsed() < REPORT_AGAIN);
        if recently && !at_the_end {
            return;
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if self.failed > 0 || lost > 0 {
            let (failed, reason) = (self.failed, self.reason.as_str());
            tracing::warn!(failed, lost, reason, "spans were not delivered");
            self.reported_at = Some(Instant::now());
            (self.failed, self.reason) = (0, String::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Span as _, Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    #[test]
    fn who_ends_a_span_never_waits_and_what_does_not_fit_is_counted() {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let (full, lost) = (Arc::new(Notify::new()), Arc::new(AtomicU64::new(0)));
        let outbox = Outbox { sender, full, lost: Arc::clone(&lost) };
        let provider = SdkTracerProvider::builder().with_span_processor(outbox).build();
        let tracer = provider.tracer("test");
        tracer.start("tried again").set_status(Status::error(UNDONE));
        for _ in 0..QUEUE + 7 {
            drop(tracer.start("x"));
        }
        assert_eq!((receiver.len(), lost.load(Ordering::Relaxed)), (QUEUE, 7));
    }
}
