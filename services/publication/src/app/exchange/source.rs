//! This installation's own facts, as its services list them. They are taken as bytes: a fact of a kind that
//! this version does not know goes up as it is. What goes up is never ahead of what this service has applied
//! itself: so whatever a service's history loses is taken back here and above in one step
//! (`pingyi reconcile`), and reporting goes on behind it by itself.

use std::time::Duration;

use platform::{
    auth::PeerToken,
    database::Store,
    facts::{history::Place, place_of, refold},
};
use prost::Message as _;
use proto::fact::v1::{Fact, ListFactsRequest};
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

/// The facts of a producer that follow a place and are applied here, in order, encoded, at most so many; none if
/// there are none yet.
///
/// # Errors
/// In words: if the producer cannot be asked, the store fails, or the producer has another history than
/// `after` or than what is applied here.
pub(crate) async fn following(
    store: &Store,
    (peer, token): (&Channel, &PeerToken),
    producer: &str,
    after: Place,
    limit: u32,
) -> Result<Vec<Vec<u8>>, String> {
    let applied = refold::position(store, producer).await.map_err(|error| error.to_string())?;
    let ahead = applied.position.saturating_sub(after.position);
    if ahead <= 0 {
        return Ok(Vec::new());
    }
    let most = u32::try_from(ahead).unwrap_or(limit).min(limit);
    let page = list(peer, token, producer, after.position, most).await;
    let RawFacts { mut facts, after_id, .. } = page.map_err(|s| s.message().to_owned())?;
    facts.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let told = Place { position: after.position, fact_id: after_id.parse().unwrap_or_default() };
    // The last one that is applied here must be the same fact there.
    let decoded = |body: &Vec<u8>| Fact::decode(body.as_slice()).ok();
    let last = facts.last().and_then(decoded).map(|last| place_of(&last));
    let parts = last
        .is_some_and(|last| last.position == applied.position && !applied.is_in_history_with(last));
    if parts || (after.position > 0 && !after.is_in_history_with(told)) {
        return Err("has another history than was read: run `pingyi reconcile publication`".into());
    }
    Ok(facts)
}
