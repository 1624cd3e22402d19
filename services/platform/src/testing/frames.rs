//! Messages as bytes on a connection, for tests that send what no client library would.

use prost::Message;
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_request::MessageRequest,
};

/// The method whose answers are long.
pub const REFLECTION: &str = "grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
/// The method whose answers are short.
pub const HEALTH: &str = "grpc.health.v1.Health/Check";

/// A whole message.
#[must_use]
pub fn whole(message: &impl Message) -> Vec<u8> {
    let mut framed = head(u32::try_from(message.encoded_len()).unwrap_or(u32::MAX));
    framed.extend(message.encode_to_vec());
    framed
}

/// A message of so many bytes, of which half is sent.
#[must_use]
pub fn half(bytes: u32) -> Vec<u8> {
    let mut half = head(bytes);
    half.resize(half.len() + bytes as usize / 2, 0);
    half
}

/// A request to [`REFLECTION`] for the file that describes a service.
#[must_use]
pub fn describe(service: &str) -> Vec<u8> {
    let symbol = MessageRequest::FileContainingSymbol(service.to_owned());
    whole(&ServerReflectionRequest { message_request: Some(symbol), ..Default::default() })
}

/// The prefix of a message: not compressed, and its length.
fn head(bytes: u32) -> Vec<u8> {
    let mut head = vec![0];
    head.extend(bytes.to_be_bytes());
    head
}
