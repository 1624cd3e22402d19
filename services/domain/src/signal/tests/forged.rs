//! Forgers who know the detectors: what takes no effort to avoid one hides nothing. Each forgery is
//! made with fifty seeds and found with at least so many as its test says.

use super::{
    planted::{flagged, of_shares, ordinary},
    *,
};

const SEEDS: u64 = 50;

/// How many of the forgeries are found.
fn found(forge: impl Fn(&mut Dice) -> Option<Signal>) -> u64 {
    let forged = (0..SEEDS).filter(|seed| forge(&mut Dice::new(5_000 + seed)).is_some());
    u64::try_from(forged.count()).unwrap()
}

/// Praise on an evaluator, each rating so many seconds after the one before, more or less.
fn praise(dice: &mut Dice, count: u64, hour: u32, (least, most): (u64, u64)) -> Vec<Seen> {
    let mut second = 0;
    let mut one = |_| {
        second += least + dice.below(most - least + 1);
        rated(dice.next(), Level::VerySatisfied, at(hour, second * 1_000_000))
    };
    (0..count).map(&mut one).collect()
}

#[test]
fn s03_a_script_that_waits_a_little_differently_each_time_is_found() {
    // A fifth more or less, nine seconds and more apart: neither too fast nor quite the same.
    let of = |dice: &mut Dice| {
        let mut day = praise(dice, 60, 11, (9, 15));
        for one in &mut day {
            one.shown_ms = u32::try_from(2_400 + dice.below(1_200)).ok();
        }
        of_shares(Kind::ConstantDwell, &day, Count::default())
    };
    let found = found(of);
    assert!(found >= 45, "{found} of {SEEDS}");
}

#[test]
fn s03_praise_in_the_empty_hall_is_found_however_often_it_was_there() {
    let of = |own: Count| {
        found(|dice| {
            // An ordinary day of thirty, and twenty more from two hours after closing until ten.
            let (_, mut day, _) = ordinary();
            day.iter_mut().for_each(|one| one.closed = one.on_device().then_some(false));
            let mut late = praise(dice, 20, 19, (60, 400));
            late.iter_mut().for_each(|one| one.closed = Some(true));
            day.extend(late);
            of_shares(Kind::Night, &day, own)
        })
    };
    assert_eq!(of(Count::default()), SEEDS);
    assert_eq!(of(Count { seen: 400, of: 1_000 }), SEEDS, "the habit is no excuse");
}

#[test]
fn s03_words_that_differ_in_digits_marks_and_particles_are_the_same() {
    let (_, phrases) = honest::usual();
    let fingerprint = |text: String| {
        let normal = normal_phrase(&text)?;
        Some(
            normal
                .chars()
                .fold(7_u64, |hash, c| hash.wrapping_mul(0x0100_0000_01B3) ^ u64::from(c)),
        )
    };
    let of = |dice: &mut Dice| {
        let (_, mut day, _) = ordinary();
        for one in &mut day[..12] {
            let mut text = String::new();
            for word in ["工作人员", "服务", "热情", "周到", "办事", "效率高"] {
                let extra = ["", "很", "！", "啊", "的", "，，", "～", "8", "非常"];
                text.push_str(extra[usize::try_from(dice.below(9)).unwrap()]);
                text.push_str(word);
            }
            one.phrase = fingerprint(text);
        }
        let today = Phrases::seen(day.iter());
        flagged(repeated_phrase(&all(&day), &today, &phrases))
    };
    assert_eq!(found(of), SEEDS);
}

#[test]
fn s03_contacts_replaced_days_after_the_rating_are_found_on_the_day_they_are_and_count_once() {
    let of = |dice: &mut Dice| {
        let (_, mut day, _) = ordinary();
        let mut before = praise(dice, 16, 3, (100, 900));
        for one in &mut before {
            (one.earlier, one.contact_changed) = (true, true);
        }
        day.extend(before.clone());
        let signal = of_shares(Kind::ContactsChanged, &day, Count::default())?;
        // They are no ratings of this day for any other purpose.
        assert_eq!(of_shares(Kind::Night, &day, Count::default()), None);
        assert_eq!(counts(&all(&day)).rated(), 30);
        before.iter().all(|one| signal.evidence.contains(&one.rating)).then_some(signal)
    };
    assert_eq!(found(of), SEEDS);
}

#[test]
fn s03_praise_in_no_hurry_at_a_window_that_used_to_be_mixed_is_found() {
    // One a quarter of an hour, all day long and for real cases: only the share tells.
    let of = |dice: &mut Dice| {
        let mut day = praise(dice, 36, 9, (700, 900));
        for one in &mut day {
            one.shown_ms = Some(u32::try_from(1_500 + dice.below(6_000)).unwrap());
        }
        of_shares(Kind::PraiseShare, &day, Count { seen: 480, of: 1_000 })
    };
    let found = found(of);
    assert!(found >= 45, "{found} of {SEEDS}");
}
