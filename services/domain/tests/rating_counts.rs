//! Whose ratings are taken, from when they can be, and which of an act's ratings is effective.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/profiles.rs"]
mod profiles;

use domain::{
    id::RatingId,
    rating::{Origin, effective, identified, not_before, not_before_day},
};
use jiff::Timestamp;
use proptest::prelude::*;

use profiles::{
    CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile,
};

#[test]
fn i13_a_rater_not_known_by_name_is_refused_where_the_profile_requires_it() {
    for (layers, required) in [
        (vec![STATE_COUNCIL], None),
        (vec![GUANGXI], Some("第十一条")),
        (vec![STATE_COUNCIL, HAIYANG], Some("第二十二条")),
        (vec![STATE_COUNCIL, CHANGJI], None),
        (vec![STATE_COUNCIL, COUNTY], None),
        (vec![STATE_COUNCIL, DISTRICT], None),
        (vec![STATE_COUNCIL, CITY], None),
        (vec![SHANGHAI], None),
    ] {
        let profile = profile(&layers);
        assert_eq!(identified(&profile, true), Ok(()), "{}", profile.id);
        let clause = identified(&profile, false).err().map(|refused| refused.clause);
        match required {
            None => assert_eq!(clause, None, "{}", profile.id),
            Some(article) => assert!(clause.unwrap().contains(article), "{}", profile.id),
        }
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn i06_a_rating_told_as_given_before_its_service_is_refused() {
    let served_at = at("2026-03-05T16:30:00Z");
    assert_eq!(not_before(served_at, served_at), Ok(()));
    assert_eq!(not_before(served_at, at("2026-03-09T00:00:00Z")), Ok(()));
    let refused = not_before(served_at, at("2026-03-05T16:29:59.999999Z")).unwrap_err();
    // Half past midnight of the 6th in Shanghai.
    assert_eq!(refused.to_string(), "the rating is dated before the service of 2026-03-06");
}

#[test]
fn i16_a_paper_form_bears_the_day_of_the_service_or_a_later_one() {
    let served_at = at("2026-03-05T16:30:00Z");
    let on = |day: &str| not_before_day(served_at, day.parse().unwrap());
    assert_eq!(on("2026-03-06"), Ok(()));
    assert_eq!(on("2026-03-07"), Ok(()));
    assert_eq!(on("2026-03-05").unwrap_err().served_on, "2026-03-06".parse().unwrap());
}

type Received = (Origin, Timestamp, RatingId);

fn received(origin: Origin, at: i64, id: u128) -> Received {
    (origin, Timestamp::from_microsecond(at).unwrap(), RatingId(uuid::Uuid::from_u128(id)))
}

fn any_origin() -> impl Strategy<Value = Origin> {
    use Origin::{Active, Default, Imported, Paper};
    proptest::sample::select(&[Active, Default, Paper, Imported][..])
}

/// Ratings of one act with different ids at few instants, in two orders.
fn in_two_orders() -> impl Strategy<Value = (Vec<Received>, Vec<Received>)> {
    let some = proptest::collection::vec((any_origin(), -2_i64..3), 0..10);
    some.prop_flat_map(|some| {
        let ratings: Vec<Received> =
            some.into_iter().zip(1..).map(|((origin, at), id)| received(origin, at, id)).collect();
        (Just(ratings.clone()), Just(ratings).prop_shuffle())
    })
}

/// The latest of the ratings of some origins, looked up without folding.
fn latest(ratings: &[Received], origins: &[Origin]) -> Option<Received> {
    let among = ratings.iter().filter(|(origin, ..)| origins.contains(origin));
    among.max_by_key(|(_, at, id)| (at.as_microsecond(), id.0.as_u128())).copied()
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn i07_i09_the_latest_given_rating_counts_else_history_else_the_default(
        (ratings, shuffled) in in_two_orders(),
    ) {
        let expected = latest(&ratings, &[Origin::Active])
            .or_else(|| latest(&ratings, &[Origin::Paper]))
            .or_else(|| latest(&ratings, &[Origin::Imported]))
            .or_else(|| latest(&ratings, &[Origin::Default]));
        prop_assert_eq!(effective(ratings), expected);
        prop_assert_eq!(effective(shuffled), expected);
    }

    #[test]
    fn i07_a_default_never_wins_over_a_rating_someone_gave(
        (mut ratings, _) in in_two_orders(), at in -2_i64..3, later in 0_i64..5,
    ) {
        ratings.push(received(Origin::Active, at, 100));
        let before = effective(ratings.clone());
        ratings.insert(0, received(Origin::Default, at + later, 200));
        ratings.push(received(Origin::Default, at + later, 201));
        prop_assert_eq!(effective(ratings), before);
    }

    #[test]
    fn i09_an_earlier_rating_that_comes_late_changes_nothing(
        (mut ratings, _) in in_two_orders(), origin in any_origin(),
    ) {
        ratings.push(received(Origin::Active, 0, 100));
        let before = effective(ratings.clone());
        ratings.push(received(origin, -3, 200));
        prop_assert_eq!(effective(ratings), before);
    }
}
