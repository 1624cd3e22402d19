//! A collector of spans and metrics: receives OTLP over gRPC on a socket, as the real ones do.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{
    Request, Response, Status,
    transport::{Server, server::TcpIncoming},
};

/// What was received, as it came.
type Requests = Arc<Mutex<Vec<ExportTraceServiceRequest>>>;

/// The names of the metrics that were received.
type Names = Arc<Mutex<BTreeSet<String>>>;

/// A running collector; gone when dropped.
pub struct Collector {
    /// Where it listens, as `http://…`.
    pub endpoint: String,
    requests: Requests,
    count: Arc<AtomicU64>,
    metrics: Names,
    task: JoinHandle<()>,
}

/// A span and who sent it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The services of the process, or the name of one that runs none.
    pub process: String,
    /// The span.
    pub span: Span,
}

impl Received {
    /// An attribute of the span, as text.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<String> {
        attribute(&self.span.attributes, key)
    }
}

fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    text(found.value.as_ref()?.value.as_ref()?)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        Value::ArrayValue(array) => {
            let values = array.values.iter().filter_map(|value| text(value.value.as_ref()?));
            Some(values.collect::<Vec<_>>().join(" "))
        }
        _ => None,
    }
}

impl Collector {
    /// Starts one that keeps what it receives.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn start() -> Self {
        Self::listen(true).await
    }

    /// Starts one that only counts.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn counting() -> Self {
        Self::listen(false).await
    }

    async fn listen(keeps: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let (requests, count) = (Requests::default(), Arc::<AtomicU64>::default());
        let kept = keeps.then(|| Arc::clone(&requests));
        let service = TraceServiceServer::new(Receiving(kept, Arc::clone(&count)));
        let metrics = Names::default();
        let named = MetricsServiceServer::new(Naming(Arc::clone(&metrics)));
        let task = tokio::spawn(async move {
            let server = Server::builder().add_service(service).add_service(named);
            server.serve_with_incoming(TcpIncoming::from(listener)).await.expect("it serves");
        });
        Self { endpoint, requests, count, metrics, task }
    }

    /// How many spans were received so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// The names of the metrics received so far.
    #[must_use]
    pub fn metrics(&self) -> BTreeSet<String> {
        self.metrics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every request for spans received so far, as it came.
    #[must_use]
    pub fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every span received so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Received> {
        let mut spans = Vec::new();
        for resource in self.requests().into_iter().flat_map(|request| request.resource_spans) {
            let about = resource.resource.unwrap_or_default().attributes;
            let process = attribute(&about, "pingyi.roles")
                .or_else(|| attribute(&about, "service.name"))
                .unwrap_or_default();
            let sent = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            spans.extend(sent.map(|span| Received { process: process.clone(), span }));
        }
        spans
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Receiving(Option<Requests>, Arc<AtomicU64>);

#[tonic::async_trait]
impl TraceService for Receiving {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans: usize = scopes.map(|scope| scope.spans.len()).sum();
        self.1.fetch_add(spans as u64, Ordering::Relaxed);
        if let Some(kept) = &self.0 {
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

struct Naming(Names);

#[tonic::async_trait]
impl MetricsService for Naming {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let resources = request.into_inner().resource_metrics.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_metrics);
        let names = scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}
