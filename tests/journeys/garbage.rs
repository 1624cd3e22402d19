//! Bytes that are no message, from nobody, to every RPC.

use e2e::deployment::Deployment;
use pingyi::roles::Role;
use prost::{
    DecodeError, Message,
    bytes::{Buf, BufMut},
    encoding::{DecodeContext, WireType},
};
use tonic::{Code, Request, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

use crate::callers::rpcs;

/// Encodes to a field of a wire type that does not exist.
#[derive(Clone, Debug, Default)]
struct Garbage;

impl Message for Garbage {
    fn encode_raw(&self, buf: &mut impl BufMut) {
        buf.put_u8(0x0f);
    }

    fn merge_field(
        &mut self,
        _: u32,
        _: WireType,
        _: &mut impl Buf,
        _: DecodeContext,
    ) -> Result<(), DecodeError> {
        Ok(())
    }

    fn encoded_len(&self) -> usize {
        1
    }

    fn clear(&mut self) {}
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_message_are_their_senders_fault_on_every_rpc() {
    let deployment = Deployment::embedded().await;
    let channel = deployment.channel(Role::Intake);
    for rpc in rpcs() {
        let mut grpc = Grpc::new(channel.clone());
        grpc.ready().await.unwrap();
        let path = PathAndQuery::try_from(format!("/{rpc}")).unwrap();
        let codec = ProstCodec::<Garbage, Garbage>::default();
        let answer = match grpc.server_streaming(Request::new(Garbage), path, codec).await {
            Err(status) => Some(status),
            Ok(answer) => answer.into_inner().message().await.err(),
        };
        let code = answer.map(|status| status.code());
        // A stream of messages is opened before the first one is read, so there the caller comes first.
        let streams =
            ["PushCases", "ImportRatings", "Import", "UploadDocument", "UploadAttachment"];
        let streams = streams.iter().any(|name| rpc.ends_with(&format!("/{name}")));
        let expected = if streams { Code::Unauthenticated } else { Code::InvalidArgument };
        assert_eq!(code, Some(expected), "{rpc}");
    }
    deployment.end().await;
}
