//! The fact of a decision, by a person or by silence.

use platform::{clock::instant, convert::to_wire};
use proto::{
    fact::v1::{RatingTextReviewed, fact::Body},
    ticketing::v1::TextReviewState,
};

use crate::entity::text_review;

/// The fact of a review that is decided.
pub(crate) fn reviewed(row: &text_review::Model) -> Body {
    let is = |state: TextReviewState| i32::from(state) == i32::from(row.verdict);
    Body::RatingTextReviewed(RatingTextReviewed {
        rating_id: row.rating_id.to_string(),
        accepted: !is(TextReviewState::Refused),
        by_silence: is(TextReviewState::AcceptedBySilence),
        at: row.decided_at.map(|at| to_wire(instant(at))),
    })
}
