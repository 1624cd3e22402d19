//! What the tests of the exchange share: facts as a lower installation sends them.

use jiff::Timestamp;
use platform::{
    auth::{Caller, Deployment},
    convert::to_wire,
    testing::{REGION, principal},
};
use prost::Message as _;
use proto::{
    exchange::v1::PushFactsRequest,
    fact::v1::{Fact, RatingSubmitted, fact::Body},
    r#type::v1::{Level, ServiceAct},
};

use crate::state::Publication;

/// A county that reports.
pub(crate) const ORIGIN: &str = REGION;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The installation of a region.
pub(crate) fn below(region: &str) -> Deployment {
    principal("lower", Caller::Deployment { region: region.to_owned() })
}

/// A fact of intake at a position.
pub(crate) fn fact(publication: &Publication, position: u64, body: Body, at: Timestamp) -> Vec<u8> {
    let fact = Fact {
        position,
        fact_id: publication.shell.clock.new_id().to_string(),
        producer: "intake".to_owned(),
        recorded_at: Some(to_wire(at)),
        traceparent: String::new(),
        body: Some(body),
    };
    fact.encode_to_vec()
}

pub(crate) fn rating(level: Level, region: &str) -> Body {
    let act = ServiceAct { region_code: region.to_owned(), ..ServiceAct::default() };
    Body::RatingSubmitted(RatingSubmitted {
        act: Some(act),
        level: level.into(),
        ..RatingSubmitted::default()
    })
}

/// The fact of a rating at a position.
pub(crate) fn rated(
    publication: &Publication,
    position: u64,
    level: Level,
    at: Timestamp,
) -> Vec<u8> {
    fact(publication, position, rating(level, ORIGIN), at)
}

/// The id of a fact.
pub(crate) fn id_of(fact: &[u8]) -> String {
    Fact::decode(fact).unwrap().fact_id
}

/// What is sent of intake's facts after a place.
pub(crate) fn push(after: &(u64, String), facts: Vec<Vec<u8>>) -> PushFactsRequest {
    PushFactsRequest {
        origin: ORIGIN.to_owned(),
        producer: "intake".to_owned(),
        after: after.0,
        after_id: after.1.clone(),
        facts,
        withdraws: String::new(),
    }
}
