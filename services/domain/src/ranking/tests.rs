//! What a fair ranking is, for any counts.

use proptest::prelude::*;

use super::{spread::wilson, *};

fn unit(key: &str, levels: LevelCounts) -> Unit {
    Unit { key: key.to_owned(), levels, ..Unit::default() }
}

/// Good and bad ratings.
fn of(key: &str, good: u64, bad: u64) -> Unit {
    unit(key, [good, 0, 0, bad, 0])
}

/// With their items: good and bad ratings of each.
fn mixed(key: &str, items: &[(&str, u64, u64)]) -> Unit {
    let mut unit = of(key, 0, 0);
    for (item, good, bad) in items {
        unit.levels[0] += good;
        unit.levels[3] += bad;
        unit.mix.insert((*item).to_owned(), [*good, 0, 0, *bad, 0]);
    }
    unit
}

fn ranked(units: Vec<Unit>) -> Ranking {
    rank(Worth::satisfaction(), units)
}

fn row<'a>(ranking: &'a Ranking, key: &str) -> &'a Row {
    ranking.rows.iter().find(|row| row.key == key).unwrap()
}

/// A unit's places, from and to.
fn places(ranking: &Ranking, key: &str) -> (usize, usize) {
    row(ranking, key).band.map(|band| (band.from, band.to)).unwrap()
}

/// Numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// How many of `n` are good, if each is with this many in a hundred.
    fn good(&mut self, n: u64, percent: u64) -> u64 {
        (0..n).filter(|_| self.next() % 100 < percent).count() as u64
    }
}

/// Some units with ratings of some items.
fn some_units() -> impl Strategy<Value = Vec<Unit>> {
    let levels = || proptest::array::uniform5(0_u64..60);
    let mix = prop::collection::btree_map("[a-d]", levels(), 0..4);
    let unit = (levels(), mix).prop_map(|(rest, mix)| {
        let mut levels = rest;
        for of_item in mix.values() {
            for (level, count) in levels.iter_mut().zip(of_item) {
                *level += count;
            }
        }
        Unit { key: String::new(), levels, mix }
    });
    prop::collection::vec(unit, 1..12).prop_map(|mut units| {
        for (n, unit) in units.iter_mut().enumerate() {
            unit.key = format!("u{n:02}");
        }
        units
    })
}

proptest! {
    #[test]
    fn p07_the_order_in_which_units_are_given_does_not_matter(units in some_units(), by in 0_usize..12) {
        let mut other = units.clone();
        let by = by % other.len();
        other.rotate_left(by);
        other[by..].reverse();
        prop_assert_eq!(ranked(units), ranked(other));
    }

    #[test]
    fn p07_bands_are_made_as_the_rule_says_and_cover_every_place_once(units in some_units()) {
        let ranking = ranked(units);
        let (placed, rest) = ranking.rows.split_at(ranking.ranked);
        prop_assert!(placed.iter().all(|row| row.ratings >= RANKED_FROM));
        prop_assert!(rest.iter().all(|row| row.ratings < RANKED_FROM && row.band.is_none()));
        for (at, row) in (1..).zip(placed) {
            let Band { from, to } = row.band.unwrap();
            prop_assert!(from <= at && at <= to && to <= placed.len());
            let (first, last) = (&placed[from - 1], &placed[to - 1]);
            prop_assert_eq!((first.band, last.band), (row.band, row.band));
            prop_assert!(row.upper >= first.lower, "it cannot be told from the first");
            prop_assert!(row.score <= first.score);
            if let Some(next) = placed.get(to) {
                prop_assert!(next.upper < first.lower, "it can");
            }
        }
    }

    #[test]
    fn p07_a_score_lies_between_its_own_mean_and_that_of_all_and_in_its_interval(units in some_units()) {
        let unmixed = units.iter().map(|unit| Unit { mix: BTreeMap::new(), ..unit.clone() });
        let ranking = ranked(unmixed.collect());
        for row in &ranking.rows {
            let own = row.observed.unwrap_or(ranking.mean);
            let (least, most) = (own.min(ranking.mean), own.max(ranking.mean));
            prop_assert!(least - 1e-9 <= row.score && row.score <= most + 1e-9);
        }
        for row in &ranked(units).rows {
            prop_assert!(row.lower <= row.score && row.score <= row.upper);
            prop_assert!(0.0 <= row.lower && row.upper <= 1.0);
        }
    }

    #[test]
    fn p07_units_with_the_same_ratings_share_their_places(units in some_units()) {
        let mut twice = units.clone();
        twice.extend(units.into_iter().map(|unit| Unit { key: format!("{}b", unit.key), ..unit }));
        let ranking = ranked(twice);
        for one in ranking.rows.iter().filter(|row| !row.key.ends_with('b')) {
            let other = row(&ranking, &format!("{}b", one.key));
            prop_assert_eq!((one.band, one.score), (other.band, other.score));
        }
    }

    #[test]
    fn p07_more_data_narrows_the_interval(n in 1_u32..10_000, more in 1_u32..10_000, share in 0.0_f64..=1.0) {
        let width = |n: u32| {
            let (lower, upper) = wilson(f64::from(n), share);
            upper - lower
        };
        prop_assert!(width(n + more) < width(n));
    }
}

#[test]
fn p07_more_ratings_narrow_the_interval_of_a_unit_among_others() {
    let ranking = ranked(vec![of("few", 38, 2), of("many", 1_900, 100), of("rest", 4_750, 250)]);
    let width = |key: &str| row(&ranking, key).upper - row(&ranking, key).lower;
    assert!(width("many") < width("few") && width("rest") < width("many"));
}

#[test]
fn p07_few_ratings_make_nobody_first_or_last_by_chance() {
    // All the same in truth, 95 in a hundred good; some of them with few ratings.
    let (mut apart, mut best, mut bottom) = (0, 0, 0);
    for seed in 0..200 {
        let mut dice = Dice(seed);
        let units = (0..40).map(|n| {
            let ratings = if n % 2 == 0 { 30 + dice.next() % 20 } else { 1_000 };
            let good = dice.good(ratings, 95);
            of(&format!("u{n:02}"), good, ratings - good)
        });
        let ranking = ranked(units.collect());
        let few = ranking.rows.iter().filter(|row| row.ratings < 50);
        let alone = |row: &&Row| row.band.is_some_and(|band| band.from == band.to);
        apart += few.clone().filter(alone).count();
        bottom += few.filter(|row| ranking.is_at_the_bottom(row)).count();
        let first = &ranking.rows[0];
        best += usize::from(first.ratings < 50 && first.lower > ranking.mean);
    }
    assert_eq!((apart, bottom, best), (0, 0, 0), "of 4,000 small units");
}

#[test]
fn p07_what_is_really_worse_is_at_the_bottom_and_what_is_really_better_is_first() {
    let mut units: Vec<Unit> = (0..10).map(|n| of(&format!("u{n}"), 950 + n, 50 - n)).collect();
    units.extend([of("worse", 800, 200), of("better", 999, 1)]);
    let ranking = ranked(units);
    assert_eq!(places(&ranking, "better"), (1, 1));
    assert_eq!(places(&ranking, "worse"), (12, 12));
    assert_eq!(places(&ranking, "u5"), (2, 11));
    let named = |holds: fn(&Ranking, &Row) -> bool| -> Vec<&str> {
        let rows = ranking.rows.iter().filter(|row| holds(&ranking, row));
        rows.map(|row| row.key.as_str()).collect()
    };
    assert_eq!(named(Ranking::is_at_the_bottom), ["worse"]);
    assert_eq!(named(Ranking::is_among_the_best), ["better"]);
}

#[test]
fn p07_who_cannot_be_told_apart_shares_all_places_and_nobody_is_at_the_bottom() {
    let ranking = ranked(vec![of("a", 96, 4), of("b", 94, 6), of("c", 30, 2)]);
    for key in ["a", "b", "c"] {
        assert_eq!(places(&ranking, key), (1, 3));
        assert!(!ranking.is_at_the_bottom(row(&ranking, key)));
    }
    assert!(ranking.is_among_the_best(row(&ranking, "a")));
    assert!(!ranking.is_among_the_best(row(&ranking, "b")), "below the mean of all");
}

#[test]
fn p07_below_the_minimum_sample_there_is_no_place() {
    let ranking = ranked(vec![of("a", 29, 0), of("b", 30, 0), of("none", 0, 0), of("c", 500, 20)]);
    assert_eq!(ranking.ranked, 2);
    assert_eq!((row(&ranking, "a").band, row(&ranking, "none").band), (None, None));
    assert_eq!(row(&ranking, "none").observed, None);
    assert!(row(&ranking, "b").band.is_some());
    assert_eq!(ranked(Vec::new()).rows, []);
}

#[test]
fn p07_who_serves_only_the_hard_items_is_not_behind_for_it() {
    let usual = |key: &str| mixed(key, &[("easy", 980, 20), ("hard", 700, 300)]);
    let hard_alone = mixed("h", &[("hard", 1_400, 600)]);
    let mix = vec![usual("a"), usual("b"), usual("c"), hard_alone.clone()];
    let adjusted = ranked(mix.clone());
    assert_eq!(places(&adjusted, "h"), (1, 4), "{adjusted:?}");
    assert!((row(&adjusted, "h").score - adjusted.mean).abs() < 0.01);
    assert!(row(&adjusted, "h").expected < 0.72);
    assert_eq!(row(&adjusted, "h").comparable, 2_000);
    let blind = mix.into_iter().map(|unit| Unit { mix: BTreeMap::new(), ..unit });
    assert_eq!(places(&ranked(blind.collect()), "h"), (4, 4), "without the adjustment it is last");
    // Nobody else serves its item: whether the item is hard or the unit bad is unknown.
    let alone = ranked(vec![
        mixed("a", &[("easy", 980, 20)]),
        mixed("b", &[("easy", 980, 20)]),
        Unit { mix: BTreeMap::from([("other".to_owned(), [1_400, 0, 0, 600, 0])]), ..hard_alone },
    ]);
    let h = row(&alone, "h");
    assert_eq!((h.comparable, places(&alone, "h")), (0, (3, 3)));
    let all = (980.0 + 980.0 + 1_400.0) / 4_000.0;
    assert!((h.expected - all).abs() < 1e-9, "nothing is adjusted: {}", h.expected);
}

#[test]
fn p02_scores_are_ranked_in_parts_of_the_best_level() {
    let scores = Scores::try_from([10, 8, 6, 3, 0]).unwrap();
    let units = vec![unit("a", [100, 0, 0, 0, 0]), unit("b", [0, 100, 0, 0, 0])];
    let ranking = rank(Worth::score(scores), units);
    let observed = |key: &str| row(&ranking, key).observed.unwrap();
    assert!((observed("a") - 1.0).abs() < 1e-9 && (observed("b") - 0.8).abs() < 1e-9);
    assert!((points(scores, observed("b")) - 8.0).abs() < 1e-9);
    assert_eq!((places(&ranking, "a"), places(&ranking, "b")), ((1, 1), (2, 2)));
    let stars = Scores::try_from([5, 4, 3, 2, 1]).unwrap();
    let worst = rank(Worth::score(stars), vec![unit("a", [0, 0, 0, 0, 40])]);
    assert!((worst.rows[0].observed.unwrap() - 0.2).abs() < 1e-9);
    assert_eq!(Worth::satisfaction(), Worth([1.0, 1.0, 1.0, 0.0, 0.0]));
}
