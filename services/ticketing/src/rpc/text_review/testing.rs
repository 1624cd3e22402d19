//! What the tests of text reviews share.

use platform::{
    auth::{Authority, Caller},
    testing::principal,
};
use proto::fact::v1::{RatingSubmitted, RatingTextReviewed, fact::Body};

use crate::rpc::testing::Fixture;

/// An officer of a region's Authority.
pub(crate) fn authority_of(region: &str) -> Authority {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

/// A negative rating with a text, received now.
pub(crate) async fn worded(fixture: &Fixture) -> RatingSubmitted {
    let act_id = fixture.ticketing.shell.clock.new_id();
    let rating = RatingSubmitted { has_text: true, ..fixture.rating_here(act_id) };
    fixture.apply(&rating).await;
    rating
}

/// What was told of reviews, in order.
pub(crate) async fn told(fixture: &Fixture) -> Vec<RatingTextReviewed> {
    let reviewed = fixture.facts().await.into_iter().filter_map(|body| match body {
        Body::RatingTextReviewed(reviewed) => Some(reviewed),
        _ => None,
    });
    reviewed.collect()
}
