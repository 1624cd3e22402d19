//! What comes in and is no message of the contract is the caller's fault, whoever they are: the
//! transport, which reads it before anybody is asked who they are, calls it INTERNAL.

use std::{
    future::Future,
    pin::Pin,
    task::{Context as Task, Poll},
};

use domain::violation::Violations;
use tonic::{
    Code, Status,
    codegen::{
        Service,
        http::{HeaderMap, Request, Response},
    },
};
use tower_layer::Layer;

use crate::status::Failure;

/// Every INTERNAL of ours comes with details; the transport's own have none.
const DETAILS: &str = "grpc-status-details-bin";

/// Answers INVALID_ARGUMENT to what cannot be decoded.
#[derive(Clone)]
pub(crate) struct Undecodable<S = ()>(S);

impl Undecodable {
    pub(crate) const LAYER: Self = Self(());
}

impl<S> Layer<S> for Undecodable {
    type Service = Undecodable<S>;

    fn layer(&self, inner: S) -> Undecodable<S> {
        Undecodable(inner)
    }
}

impl<S, B, R> Service<Request<B>> for Undecodable<S>
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
        self.0.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answer = self.0.call(request);
        Box::pin(async move {
            let mut answer = answer.await?;
            correct(answer.headers_mut());
            Ok(answer)
        })
    }
}

/// An error comes without a body, with its code in the headers.
fn correct(headers: &mut HeaderMap) {
    let code = headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()));
    if code != Some(Code::Internal) || headers.contains_key(DETAILS) {
        return;
    }
    let mut wrong = Violations::default();
    wrong.add("request", "is no message of this method, or did not come whole");
    // Fails only for a message that is no header, which this one is.
    let _ = Status::from(Failure::Invalid(wrong)).add_header(headers);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(status: Status) -> (Code, String) {
        let mut headers = HeaderMap::new();
        status.add_header(&mut headers).unwrap();
        correct(&mut headers);
        let status = Status::from_header_map(&headers).unwrap();
        (status.code(), status.message().to_owned())
    }

    #[test]
    fn only_the_transports_own_fault_is_the_callers() {
        let (code, message) = corrected(Status::internal("failed to decode Protobuf message"));
        assert_eq!(code, Code::InvalidArgument);
        assert!(message.starts_with("request: is no message"), "{message}");
        let ours = Status::from(Failure::Internal("a bug".to_owned()));
        assert_eq!(corrected(ours).0, Code::Internal);
        assert_eq!(corrected(Status::unavailable("busy")).0, Code::Unavailable);
    }
}
