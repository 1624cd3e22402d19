//! Which history a consumer follows. A producer's facts are one history: each position has one
//! fact, and each fact its own id. If the producer goes back to an older state (failover to a
//! standby that lagged, a restored backup) and continues, the new facts have new ids. So the id of
//! one fact identifies the whole history up to it. A consumer keeps the id of the last fact it has
//! applied, and accepts no source with another id. Pure: following, announcing and reconciling all
//! decide here.

use std::fmt;

use uuid::Uuid;

/// A place in a producer's history: the position of a fact and its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The position; 0 before the first fact.
    pub position: i64,
    /// The fact's id; nil before the first fact, and where a version without ids kept none. Any
    /// history continues from nil.
    pub fact_id: Uuid,
}

impl Place {
    /// Before the first fact.
    pub const START: Self = Self { position: 0, fact_id: Uuid::nil() };

    /// Whether the id identifies the history.
    #[must_use]
    pub fn is_named(self) -> bool {
        self.position == 0 || !self.fact_id.is_nil()
    }

    /// Whether a history with this fact at this place contains `self`.
    #[must_use]
    pub fn is_in_history_with(self, told: Place) -> bool {
        self.position == told.position && (!self.is_named() || self.fact_id == told.fact_id)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (fact {})", self.position, self.fact_id)
    }
}

/// A fact with its link to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Link {
    /// Where the fact is.
    pub at: Place,
    /// The id of the fact before it; nil for the first.
    pub after: Uuid,
}

/// How many of these facts continue from a place without a gap, each linked to the one before it.
/// The rest has a gap before it or belongs to another history: the producer is asked for it.
pub fn going_on(from: Place, told: impl IntoIterator<Item = Link>) -> usize {
    let mut last = from;
    let goes_on = |link: &Link| {
        let fits = link.at.position == last.position + 1
            && (!last.is_named() || link.after == last.fact_id);
        last = link.at;
        fits
    };
    told.into_iter().take_while(goes_on).count()
}

/// A producer has another history than the one a consumer has applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("applied up to {applied}, but the producer has {told} there{}", Behind(.applied, .told))]
pub struct OtherHistory {
    /// The last fact the consumer has applied.
    pub applied: Place,
    /// The producer's fact there; its last fact, if it is not that far.
    pub told: Place,
}

/// States that a producer has fewer facts than were applied.
struct Behind<'a>(&'a Place, &'a Place);

impl fmt::Display for Behind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.1.position < self.0.position { write!(f, " as its last one") } else { Ok(()) }
    }
}

/// Whether a producer's history contains the place up to which a consumer has applied it. `told` is
/// the producer's fact at that position, or its last fact if it is not that far.
///
/// # Errors
/// [`OtherHistory`]: what was applied after the last common place is in no history any more.
pub fn confirm(applied: Place, told: Place) -> Result<(), OtherHistory> {
    if applied.is_in_history_with(told) { Ok(()) } else { Err(OtherHistory { applied, told }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn place(position: i64, n: u128) -> Place {
        Place { position, fact_id: id(n) }
    }

    fn link(position: i64, n: u128, after: u128) -> Link {
        Link { at: place(position, n), after: id(after) }
    }

    #[test]
    fn what_goes_on_is_the_gapless_part_of_the_same_history() {
        let from = place(4, 40);
        let next = [link(5, 50, 40), link(6, 60, 50), link(7, 70, 60)];
        assert_eq!(going_on(from, next), 3);
        assert_eq!(going_on(from, [next[0], next[2]]), 1, "a hole behind the first");
        assert_eq!(going_on(from, [next[1], next[2]]), 0, "a hole before the first");
        assert_eq!(
            going_on(from, [next[0], link(6, 61, 51)]),
            1,
            "another branch behind the first"
        );
        assert_eq!(going_on(from, [link(5, 50, 41)]), 0, "another branch");
        assert_eq!(going_on(from, [link(4, 40, 30)]), 0, "again");
        assert_eq!(going_on(from, []), 0);
        assert_eq!(going_on(Place::START, [link(1, 10, 0), link(2, 20, 10)]), 2);
        assert_eq!(going_on(Place::START, [link(1, 10, 9)]), 0, "the first hangs on nothing");
        assert_eq!(going_on(place(4, 0), next), 3, "of a version that kept no id");
    }

    #[test]
    fn another_history_is_told_by_id_or_by_its_end_and_both_are_named() {
        let applied = place(4, 40);
        assert_eq!(confirm(applied, applied), Ok(()));
        assert_eq!(confirm(Place::START, Place::START), Ok(()));
        assert_eq!(confirm(place(4, 0), applied), Ok(()), "of a version that kept no id");
        let branch = confirm(applied, place(4, 41)).unwrap_err().to_string();
        assert!(branch.contains(&applied.to_string()) && branch.contains(&id(41).to_string()));
        let behind = confirm(applied, place(3, 30)).unwrap_err().to_string();
        assert!(behind.contains("as its last one"), "{behind}");
        assert!(confirm(place(4, 0), place(3, 30)).is_err(), "ahead without an id is ahead");
    }
}
