//! This installation's own facts, as its services list them. They are taken as bytes: a fact of a kind that
//! this version does not know goes up as it is.

use std::time::Duration;

use platform::auth::PeerToken;
use proto::fact::v1::ListFactsRequest;
use tokio::time::timeout;
use tonic::{Request, Status, client::Grpc, codegen::http::uri::PathAndQuery, transport::Channel};
use tonic_prost::ProstCodec;

/// How long a service may take to answer.
const ASK: Duration = Duration::from_secs(15);
/// The largest page.
const MAX_PAGE: usize = 64 << 20;
/// What is called.
const LIST: &str = "/pingyi.fact.v1.FactService/ListFacts";

/// A `pingyi.fact.v1.ListFactsResponse` whose facts stay encoded.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct RawFacts {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) facts: Vec<Vec<u8>>,
    #[prost(uint64, tag = "2")]
    pub(crate) head: u64,
    #[prost(string, tag = "3")]
    pub(crate) after_id: String,
}

/// Some facts of a producer after a position.
pub(crate) async fn list(
    peer: &Channel,
    token: &PeerToken,
    producer: &str,
    after: i64,
    limit: u32,
) -> Result<RawFacts, Status> {
    let mut request = Request::new(ListFactsRequest {
        producer: producer.to_owned(),
        after: after.unsigned_abs(),
        limit,
    });
    token.put(request.metadata_mut());
    let mut client = Grpc::new(peer.clone()).max_decoding_message_size(MAX_PAGE);
    let asked = async {
        let ready = client.ready().await;
        ready.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = ProstCodec::<ListFactsRequest, RawFacts>::default();
        client.unary(request, PathAndQuery::from_static(LIST), codec).await
    };
    let answer = timeout(ASK, asked).await;
    let late = || Status::deadline_exceeded(format!("{producer} does not answer within {ASK:?}"));
    Ok(answer.map_err(|_| late())??.into_inner())
}
