//! A body that is no message of the contract is the caller's fault, whoever it is. The transport
//! reads it before the caller is authenticated, and calls it INTERNAL.

use domain::violation::Violations;
use tonic::{
    Code, Status,
    codegen::http::{HeaderMap, Response},
};

use crate::status::Failure;

/// Every INTERNAL of ours comes with details; the transport's own have none.
const DETAILS: &str = "grpc-status-details-bin";

/// Answers INVALID_ARGUMENT to a body that could not be decoded.
pub(super) fn corrected<B>(mut answer: Response<B>) -> Response<B> {
    correct(answer.headers_mut());
    answer
}

/// An error comes without a body, with its code in the headers.
fn correct(headers: &mut HeaderMap) {
    let code = headers.get("grpc-status").map(|code| Code::from_bytes(code.as_bytes()));
    if code != Some(Code::Internal) || headers.contains_key(DETAILS) {
        return;
    }
    let mut wrong = Violations::default();
    wrong.add("request", "is no message of this method, or did not arrive completely");
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
