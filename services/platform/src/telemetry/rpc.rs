//! A span for every call of our own contracts, and how long it took, around all services of a process.
//! Health and reflection are neither traced nor measured. A call that one service makes by itself
//! (`FactService`) belongs to no request: it has ids for its errors, is measured, and is not sent.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, LazyLock},
    task::{Context as Task, Poll},
    time::Instant,
};

use opentelemetry::{
    Context, KeyValue, StringValue,
    metrics::Histogram,
    trace::{FutureExt as _, SpanContext, SpanRef, Status, TraceContextExt as _},
};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::{
    Code,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
    metadata::MetadataMap,
};
use tower_layer::Layer;
use tracing::Instrument as _;

use super::{
    TARGET,
    metrics::{Metrics, table::RPC_DURATION},
    trace::{self, TRACEPARENT, TraceStart},
};
use crate::auth::Gate;

/// Calls that one service makes by itself, again and again.
const OF_THEIR_OWN: &str = "pingyi.fact.v1.FactService/";

/// The methods of our contracts by their path, with their full name.
static METHODS: LazyLock<HashMap<String, Arc<str>>> = LazyLock::new(|| {
    let contracts = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap_or_default();
    let services = contracts
        .file
        .iter()
        .flat_map(|file| file.service.iter().map(move |service| (file.package(), service)));
    let names = services.flat_map(|(package, service)| {
        let methods = service.method.iter();
        methods.map(move |method| format!("{package}.{}/{}", service.name(), method.name()))
    });
    names.map(|name| (format!("/{name}"), Arc::from(name))).collect()
});

/// Traces and measures calls.
#[derive(Clone)]
pub struct Traces<S = ()> {
    inner: S,
    gate: Gate,
    durations: Histogram<f64>,
}

impl Traces {
    /// The layer. The gate decides whose `traceparent` counts.
    #[must_use]
    pub fn by(gate: Gate, metrics: &Metrics) -> Self {
        Self { inner: (), gate, durations: metrics.histogram(&RPC_DURATION) }
    }
}

impl<S> Layer<S> for Traces {
    type Service = Traces<S>;

    fn layer(&self, inner: S) -> Traces<S> {
        Traces { inner, gate: self.gate.clone(), durations: self.durations.clone() }
    }
}

impl<S> Traces<S> {
    /// The caller's span, only from a caller with a valid token: a trace that began elsewhere is
    /// sent if it is sent there, and nobody else may make us send spans.
    fn parent<T>(&self, request: &Request<T>) -> Option<SpanContext> {
        let traceparent = request.headers().get(TRACEPARENT)?.to_str().ok()?;
        let parent = trace::read(traceparent)?;
        let headers: &HeaderMap = request.headers();
        let token = headers.get("authorization")?;
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", token.to_str().ok()?.parse().ok()?);
        self.gate.knows(&metadata).then_some(parent)
    }
}

impl<S, B, R> Service<Request<B>> for Traces<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: 'static,
    R: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Some(method) = METHODS.get(request.uri().path()) else {
            return Box::pin(self.inner.call(request));
        };
        let measured = Measured::begin(&self.durations, method);
        let begun = match method.starts_with(OF_THEIR_OWN) {
            true => TraceStart::unsent(None),
            false => TraceStart::new(self.parent(&request)),
        };
        let parent = match begun {
            TraceStart::Sent(parent) => parent,
            // Ids for what is logged and for errors, without a span.
            TraceStart::Unsent(ids) => {
                let context = Context::new().with_remote_span_context(ids);
                let answer = self.inner.call(request);
                return Box::pin(measured.until(answer).with_context(context));
            }
        };
        let name: &str = method;
        let span = tracing::info_span!(
            target: TARGET,
            parent: None,
            "rpc",
            otel.name = name,
            otel.kind = "server"
        );
        trace::begin(&span, parent);
        let answer = measured.until(self.inner.call(request));
        // A stream's span ends when the stream is open: the stream may stay open for days.
        let traced = async move {
            let answer = answer.await;
            if let Ok(answer) = &answer {
                Context::map_current(|context| record(&context.span(), method, answer.headers()));
            }
            answer
        };
        Box::pin(traced.instrument(span))
    }
}

/// A call that is measured from now on.
struct Measured {
    durations: Histogram<f64>,
    method: &'static Arc<str>,
    began: Instant,
    code: Code,
}

impl Measured {
    fn begin(durations: &Histogram<f64>, method: &'static Arc<str>) -> Self {
        let (durations, began) = (durations.clone(), Instant::now());
        // What its caller gave up.
        Self { durations, method, began, code: Code::Cancelled }
    }

    async fn until<R, E>(
        mut self,
        answer: impl Future<Output = Result<Response<R>, E>>,
    ) -> Result<Response<R>, E> {
        let answer = answer.await;
        self.code = answer.as_ref().map_or(Code::Unknown, |answer| code(answer.headers()));
        answer
    }
}

impl Drop for Measured {
    fn drop(&mut self) {
        let labels = [
            KeyValue::new("rpc.method", StringValue::from(Arc::clone(self.method))),
            KeyValue::new("rpc.response.status_code", name_of(self.code)),
            KeyValue::new("rpc.system.name", "grpc"),
        ];
        self.durations.record(self.began.elapsed().as_secs_f64(), &labels);
    }
}

/// Records the call and its result.
fn record(span: &SpanRef<'_>, method: &Arc<str>, headers: &HeaderMap) {
    if !span.is_recording() {
        return;
    }
    let code = code(headers);
    span.set_attributes([
        KeyValue::new("rpc.system.name", "grpc"),
        KeyValue::new("rpc.method", StringValue::from(Arc::clone(method))),
        KeyValue::new("rpc.response.status_code", name_of(code)),
    ]);
    if is_fault(code) {
        span.set_status(Status::error(""));
    }
}

/// An error comes without a body, with its code in the headers; an answer has it after the body.
fn code(headers: &HeaderMap) -> Code {
    headers.get("grpc-status").map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
}

/// Whether it is our fault rather than the caller's.
fn is_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// A code in the usual spelling, which is not Rust's.
fn name_of(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
