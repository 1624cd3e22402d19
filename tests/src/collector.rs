//! A collector of spans: receives OTLP over gRPC on a socket, as the real ones do.

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
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

/// A running collector; gone when dropped.
pub struct Collector {
    /// Where it listens, as `http://…`.
    pub endpoint: String,
    requests: Requests,
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
    /// Starts one.
    ///
    /// # Panics
    /// If there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let requests = Requests::default();
        let service = TraceServiceServer::new(Receiving(Arc::clone(&requests)));
        let task = tokio::spawn(async move {
            let server = Server::builder().add_service(service);
            server.serve_with_incoming(TcpIncoming::from(listener)).await.expect("it serves");
        });
        Self { endpoint, requests, task }
    }

    /// Everything received so far, as it came.
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

struct Receiving(Requests);

#[tonic::async_trait]
impl TraceService for Receiving {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
