//! What decides between the ratings of an act, and what the one that stands counts as.

use domain::{deadline::day_of, id::RatingId, rating::Origin};
use jiff::Timestamp;
use platform::clock::instant;

use crate::{
    entity::{column::origin, rating},
    store::statistics::{measures::Measure, sums::Count},
};

/// What decides between two ratings of one act. Only valid ratings were kept.
pub(super) fn weigh(rating: &rating::Model) -> (Origin, Timestamp, RatingId) {
    let origin = origin(rating.origin.into()).unwrap_or(Origin::Imported);
    (origin, instant(rating.received_at), RatingId(rating.id))
}

/// Whether a rater gave it, on a screen or on paper: what 参评率 counts.
pub(crate) fn given(rating: Option<&rating::Model>) -> bool {
    matches!(rating.map(weigh), Some((Origin::Active | Origin::Paper, ..)))
}

pub(super) fn rated(rating: &rating::Model) -> Count {
    Count {
        day: day_of(instant(rating.received_at)),
        measure: Measure::Rated,
        channel: rating.channel,
        level: rating.level,
        origin: rating.origin,
    }
}
