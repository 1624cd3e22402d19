//! The statistics of T12 and T13.

use domain::{
    focus::{
        Concentration, Improvement, MIN_RATINGS, REPEATED_TIMES, SIGNIFICANCE, Sample, Verdict,
        WINDOW_DAYS, Window, improvement, upper_tail,
    },
    profile::KeyTargetTrigger::{self, Concentrated, Repeated},
};
use jiff::civil::date;
use proptest::prelude::*;

fn sample(poor: u64, ratings: u64) -> Sample {
    Sample { poor, ratings }
}

fn told(trigger: KeyTargetTrigger, own: Sample, rest: Sample, compared: u64) -> Concentration {
    Concentration::of(trigger, Window::ending_on(date(2026, 3, 31)), own, rest, compared)
}

fn choose(n: u64, k: u64) -> u128 {
    (0..u128::from(k)).fold(1, |c, i| c * (u128::from(n) - i) / (i + 1))
}

/// The same probability by counting all ways, in whole numbers.
fn counted(own: Sample, rest: Sample) -> (u128, u128) {
    let (n, poor, all) = (own.ratings, own.poor + rest.poor, own.ratings + rest.ratings);
    let ways = |x: u64| match n - x <= all - poor {
        true => choose(poor, x) * choose(all - poor, n - x),
        false => 0,
    };
    ((own.poor..=n.min(poor)).map(ways).sum(), choose(all, n))
}

fn near(p: f64, expected: f64) -> bool {
    (p - expected).abs() <= 1e-12 * expected
}

#[test]
fn t12_the_test_is_fishers_exact_one_by_its_published_values() {
    // Fisher, The Design of Experiments (1935): the lady tasting tea.
    assert!(near(upper_tail(sample(3, 4), sample(1, 4)), 17.0 / 70.0));
    assert!(near(upper_tail(sample(4, 4), sample(0, 4)), 1.0 / 70.0));
    // Fisher (1962): convictions of 13 and 17 twins; R's fisher.test prints 0.0004652.
    let p = upper_tail(sample(10, 13), sample(2, 17));
    assert_eq!(format!("{p:.7}"), "0.0004652");
    assert!((upper_tail(sample(0, 7), sample(3, 9)) - 1.0).abs() < 1e-12);
}

#[test]
fn t12_the_test_is_exact_for_every_small_table() {
    let mut tables = 0;
    for n in 0..=9 {
        for m in 0..=9 {
            for (poor, rest_poor) in (0..=n).flat_map(|p| (0..=m).map(move |r| (p, r))) {
                let (own, rest) = (sample(poor, n), sample(rest_poor, m));
                let (ways, all) = counted(own, rest);
                #[expect(clippy::cast_precision_loss, reason = "both are small")]
                let expected = ways as f64 / all as f64;
                assert!(near(upper_tail(own, rest), expected), "{own:?} {rest:?}");
                tables += 1;
            }
        }
    }
    assert_eq!(tables, 55 * 55);
}

#[test]
fn t12_great_counts_lose_nothing_and_the_far_tail_is_not_rounded_away() {
    // The expected values are sums of whole numbers of thousands of digits, divided at the end.
    let p = upper_tail(sample(200, 1_000), sample(50_000, 1_000_000));
    assert!((p - 9.975_773_799_808e-63).abs() < 1e-11 * p, "{p:e}");
    let fair = upper_tail(sample(50, 1_000), sample(50_000, 1_000_000));
    assert!(near(fair, 0.520_286_380_920_258_5), "{fair}");
    let whole = upper_tail(sample(5_000_000, 5_000_000), sample(0, 5_000_000));
    assert!(whole < 1e-300);
}

#[test]
fn t12_wilsons_interval_is_that_of_its_published_example() {
    // Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (poor, ratings, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let interval = sample(poor, ratings).interval();
        let close = |a: f64, b: f64| (a - b).abs() < 0.000_05;
        assert!(close(interval.0, low) && close(interval.1, high), "{poor}/{ratings} {interval:?}");
    }
}

#[test]
fn t12_the_answer_says_what_it_compared_and_why_it_ends_as_it_does() {
    let found = told(Concentrated, sample(12, 40), sample(50, 1_000), 40);
    assert_eq!((found.verdict, found.window.days()), (Verdict::Found, 90));
    let words = found.words("“不满意”及以下");
    for part in [
        "2026-01-01至2026-03-31（90天）评价40次",
        "“不满意”及以下12次，占30.00%（95%区间18.07%至45.43%）",
        "其余部分评价1000次，其中50次，占5.00%",
        "界限为1.25e-3（0.05÷同期的40次比较）",
        "不少于20次评价方作比较",
        "结论：较集中。",
    ] {
        assert!(words.contains(part), "{part} not in {words}");
    }
    let verdict = |own, rest, compared| told(Concentrated, own, rest, compared).verdict;
    assert_eq!(verdict(sample(12, 40), sample(0, MIN_RATINGS - 1), 40), Verdict::NoBaseline);
    assert_eq!(verdict(sample(3, 40), sample(50, 1_000), 40), Verdict::WithinChance);
    // What passes alone does not pass among many.
    assert_eq!(verdict(sample(6, 40), sample(50, 1_000), 1), Verdict::Found);
    assert_eq!(verdict(sample(6, 40), sample(50, 1_000), 40), Verdict::WithinChance);
    // Twice is not many, however rare it is elsewhere.
    assert_eq!(verdict(sample(2, 30), sample(0, 200), 1), Verdict::SmallExcess);
    // One tenth more in very many ratings is significant and matters to nobody.
    let slight = told(Concentrated, sample(5_500, 100_000), sample(50_000, 1_000_000), 10);
    assert!(slight.p < slight.threshold());
    assert_eq!(slight.verdict, Verdict::SmallExcess);
}

#[test]
fn t12_repeated_is_three_times_and_concentrated_a_share_of_enough_ratings() {
    let rest = sample(50, 1_000);
    let few = sample(REPEATED_TIMES, 5);
    assert_eq!(told(Repeated, few, rest, 10).verdict, Verdict::Found);
    assert!(told(Repeated, few, rest, 10).words("差评").contains("属多次"));
    assert_eq!(told(Concentrated, few, rest, 10).verdict, Verdict::TooFew);
    assert_eq!(told(Repeated, sample(2, 2), rest, 10).verdict, Verdict::TooFew);
    // Three bad ones among very many are nothing out of the common.
    assert_eq!(told(Repeated, sample(3, 60), rest, 10).verdict, Verdict::WithinChance);
    let all_bad = sample(MIN_RATINGS - 1, MIN_RATINGS - 1);
    assert_eq!(told(Concentrated, all_bad, rest, 1).verdict, Verdict::TooFew);
}

#[test]
fn t12_a_follow_up_is_computed_from_the_figures_before_and_after() {
    let rest = sample(50, 1_000);
    let after = |own| improvement(sample(12, 40), &told(Concentrated, own, rest, 40));
    assert_eq!(after(sample(1, 30)), Improvement::Improved);
    assert_eq!(after(sample(12, 40)), Improvement::NotImproved);
    assert_eq!(after(sample(0, MIN_RATINGS - 1)), Improvement::TooFew);
    assert_eq!(after(sample(15, 30)), Improvement::NotImproved);
}

/// A sequence of numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// How many of `ratings` are poor, each with so many in a thousand.
    fn poor(&mut self, ratings: u64, per_mille: u64) -> Sample {
        let poor = (0..ratings).filter(|_| self.next() % 1_000 < per_mille).count();
        sample(poor as u64, ratings)
    }
}

/// How many of the objects of a window are found.
fn found(objects: &[Sample], trigger: KeyTargetTrigger) -> Vec<usize> {
    let all = objects
        .iter()
        .fold(sample(0, 0), |sum, own| sample(sum.poor + own.poor, sum.ratings + own.ratings));
    let judged = objects.iter().enumerate().filter(|(_, own)| {
        let rest = sample(all.poor - own.poor, all.ratings - own.ratings);
        told(trigger, **own, rest, objects.len() as u64).verdict == Verdict::Found
    });
    judged.map(|(n, _)| n).collect()
}

#[test]
fn t12_in_ten_thousand_windows_fair_objects_are_found_at_most_at_the_stated_rate() {
    const WINDOWS: u32 = 10_000;
    for trigger in [Concentrated, Repeated] {
        let mut dice = Dice(1);
        let mut wrong = 0;
        for _ in 0..WINDOWS {
            let objects: Vec<Sample> = (0..12).map(|n| dice.poor(20 + 3 * n, 80)).collect();
            wrong += u32::from(!found(&objects, trigger).is_empty());
        }
        let rate = f64::from(wrong) / f64::from(WINDOWS);
        assert!(rate <= SIGNIFICANCE, "{trigger:?}: {rate}");
        assert!(wrong > 0, "nothing was tested");
    }
}

#[test]
fn t12_a_truly_bad_object_with_enough_ratings_is_found_and_only_that_one() {
    let mut dice = Dice(2);
    let (mut hits, mut others) = (0, 0);
    for _ in 0..1_000 {
        let mut objects: Vec<Sample> = (0..12).map(|_| dice.poor(60, 50)).collect();
        objects[7] = dice.poor(100, 300);
        let found = found(&objects, Concentrated);
        hits += u32::from(found.contains(&7));
        others += u32::from(found.iter().any(|n| *n != 7));
    }
    assert!(hits >= 990, "{hits} of 1,000");
    assert!(others <= 50, "{others} of 1,000");
}

proptest! {
    #[test]
    fn t12_more_poor_ratings_are_never_more_probable(
        n in 1_u64..400, m in 0_u64..4_000, poor in 0_u64..400, rest_poor in 0_u64..4_000,
    ) {
        let (poor, rest_poor) = (poor.min(n - 1), rest_poor.min(m));
        let p = |poor, rest_poor| upper_tail(sample(poor, n), sample(rest_poor, m));
        let here = p(poor, rest_poor);
        prop_assert!((0.0..=1.0).contains(&here));
        // One poor rating moves from the rest to the object: the same totals, further out.
        if rest_poor > 0 {
            prop_assert!(p(poor + 1, rest_poor - 1) <= here + 1e-12);
        }
    }
}

#[test]
fn t12_the_window_is_a_quarter_and_holds_both_of_its_ends() {
    let window = Window::ending_on(date(2026, 3, 31));
    assert_eq!((window.from, window.until), (date(2026, 1, 1), date(2026, 3, 31)));
    assert_eq!(i64::from(window.days()), WINDOW_DAYS);
}
