//! A span for every call to the services, and the header that lets their spans continue it. The
//! span of a stream ends when the stream is open: the stream may stay open for days.

use std::{
    future::Future,
    pin::Pin,
    task::{Context as Task, Poll},
};

use opentelemetry::{
    KeyValue,
    trace::{SpanContext, Status, TraceContextExt as _, TraceFlags},
};
use tonic::{
    Code,
    body::Body,
    codegen::{
        Service,
        http::{HeaderValue, Request, Response},
    },
    transport::Channel,
};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::TARGET;

/// A channel whose calls are traced.
#[derive(Clone)]
pub(super) struct Traced(pub(super) Channel);

type Answer = Result<Response<Body>, tonic::transport::Error>;

impl Service<Request<Body>> for Traced {
    type Response = Response<Body>;
    type Error = tonic::transport::Error;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, task: &mut Task<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(task)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let method = request.uri().path().trim_start_matches('/').to_owned();
        let name = method.as_str();
        let span = tracing::info_span!(
            target: TARGET,
            "call",
            otel.name = name,
            otel.kind = "client",
            rpc.system.name = "grpc",
            rpc.method = name
        );
        let context = span.context();
        if let Some(header) = traceparent(context.span().span_context()) {
            request.headers_mut().insert("traceparent", header);
        }
        let answer = self.0.call(request);
        let traced = async move {
            let answer = answer.await;
            let code = match &answer {
                // An error comes without a body, with its code in the headers.
                Ok(answer) => answer
                    .headers()
                    .get("grpc-status")
                    .map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes())),
                Err(_) => Code::Unavailable,
            };
            let span = context.span();
            span.set_attribute(KeyValue::new("rpc.response.status_code", name_of(code)));
            if code != Code::Ok {
                span.set_status(Status::error(""));
            }
            answer
        };
        Box::pin(traced.instrument(span))
    }
}

/// W3C Trace Context; it is there even if the trace is not sent, so that the services do not send
/// it either.
fn traceparent(span: &SpanContext) -> Option<HeaderValue> {
    let flags = span.trace_flags() & TraceFlags::SAMPLED;
    let header = format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id());
    if span.is_valid() { header.parse().ok() } else { None }
}

/// `NotFound` in the usual spelling, which is not Rust's: `NOT_FOUND`.
fn name_of(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
