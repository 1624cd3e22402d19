//! Each detector finds what was planted among honest ratings, and cites just that.

use jiff::SignedDuration;

use super::{
    honest::{Window, usual},
    *,
};

/// An ordinary day of an ordinary window, as many ratings as a busy one.
pub(super) fn ordinary() -> (Window, Vec<Seen>, Dice) {
    let mut dice = Dice::new(4);
    let window = Window::new(&mut dice);
    let mut day: Vec<Seen> = Vec::new();
    while day.len() < 30 {
        day.extend(window.day(&mut dice));
    }
    day.truncate(30);
    (window, day, dice)
}

/// The signal of one subject among so many that were tested with it.
pub(super) fn flagged(test: Option<Test>) -> Option<Signal> {
    let kind = test.as_ref()?.kind;
    let mut family = Family::default();
    family.add("fraud", test);
    for _ in 1..10_000 {
        let honest = Test::new(kind, 0.5, Count::default(), 0.0, Vec::new);
        family.add("honest", Some(honest));
    }
    let signals = family.signals();
    signals.into_iter().next().map(|(subject, signal)| {
        assert_eq!(subject, "fraud");
        assert!(signal.p <= signal.threshold && signal.threshold <= terms::FALSE_FLAGS / 10_000.0);
        assert!(signal.explanation.ends_with("仅为线索，不是结论，须由人核实。"));
        signal
    })
}

/// What a share's detector says of a day.
pub(super) fn of_shares(kind: Kind, day: &[Seen], own: Count) -> Option<Signal> {
    let (pools, _) = usual();
    let marked = observe(kind, &all(day));
    flagged(share(kind, marked.count(), &marked, &pools[&kind], own))
}

fn ids(seen: &[Seen]) -> Vec<u128> {
    seen.iter().map(|one| one.rating).collect()
}

fn sorted(mut ids: Vec<u128>) -> Vec<u128> {
    ids.sort_unstable();
    ids
}

#[test]
fn s03_a_burst_within_an_hour_is_found_with_the_ratings_of_that_hour() {
    let (window, mut day, mut dice) = ordinary();
    let past = window.past(&mut dice);
    day.truncate(20);
    assert_eq!(flagged(burst(&all(&day), (DAY, true), &past, None)), None);
    let faked: Vec<Seen> =
        (0..60).map(|n| rated(n, Level::VerySatisfied, at(18, n * 30_000_000))).collect();
    day.extend(faked.clone());
    let test = burst(&all(&day), (DAY, true), &past, None);
    let signal = flagged(test).unwrap();
    assert_eq!((signal.count.seen, signal.evidence), (60, ids(&faked)));
    assert!(signal.explanation.starts_with("18时至19时收到评价60条"), "{}", signal.explanation);
    assert_eq!(burst(&all(&day), (DAY, true), &past[..9], None), None, "nothing is usual yet");
}

#[test]
fn s03_a_burst_from_a_new_address_is_found_among_those_of_all_addresses() {
    let day: Vec<Seen> =
        (0..60).map(|n| rated(n, Level::VerySatisfied, at(18, n * 30_000_000))).collect();
    let pool = |busiest: fn(u64) -> u64| {
        let mut pool = Pool::default();
        (0..200).for_each(|n| pool.add(Count { seen: busiest(n), of: 1 }));
        pool
    };
    let of = |pool: Pool| flagged(burst_of_a_new_network(&all(&day), &[], &pool));
    assert_eq!(of(pool(|n| 1 + n % 3)).unwrap().evidence, ids(&day));
    assert_eq!(of(pool(|n| 30 + n % 3)), None, "all are as busy");
    assert_eq!(of(pool(|n| if n % 20 == 0 { 80 } else { 1 })), None, "some are");
    assert_eq!(of(Pool::default()), None, "nothing is known of any");
}

#[test]
fn s03_a_saturday_made_up_for_a_holiday_is_as_busy_as_a_working_day_and_no_burst() {
    let mut past = Vec::new();
    for ago in 1..=56 {
        let day = DAY - jiff::Span::new().days(ago);
        let working = !matches!(day.weekday().to_monday_one_offset(), 6 | 7);
        let mut counts = Counts::default();
        counts.hours[10] = if working { 20 + u32::try_from(ago % 5).unwrap() } else { 1 };
        past.push(Past { day, working, counts });
    }
    let saturday = jiff::civil::date(2026, 3, 7);
    let day: Vec<Seen> =
        (0..22).map(|n| rated(n, Level::Satisfied, at(10, n * 60_000_000))).collect();
    let at = |working| burst(&all(&day), (saturday, working), &past, None);
    assert_eq!(flagged(at(true)), None);
    assert!(flagged(at(false)).is_some(), "on a Saturday like any other it is one");
}

#[test]
fn s03_equal_dwell_times_are_found_and_no_others() {
    let (_, mut day, _) = ordinary();
    assert_eq!(of_shares(Kind::ConstantDwell, &day, Count::default()), None);
    for (one, n) in day.iter_mut().zip(0..) {
        one.shown_ms = Some(2_000 + n % 40);
    }
    day[0].shown_ms = Some(9_000);
    let signal = of_shares(Kind::ConstantDwell, &day, Count::default()).unwrap();
    // All but the one that differs, and the median itself.
    assert_eq!(signal.count.seen + 2, u64::try_from(day.len()).unwrap());
    assert!(!signal.evidence.contains(&day[0].rating));
}

#[test]
fn s03_ratings_faster_than_a_hand_are_found_by_the_device_or_by_what_can_be_read() {
    let (_, honest, _) = ordinary();
    assert_eq!(of_shares(Kind::FasterThanAHand, &honest, Count::default()), None);
    let quick: Vec<Seen> =
        (0..30).map(|n| rated(n, Level::VerySatisfied, at(20, n * 3_000_000))).collect();
    let mut day = honest.clone();
    day.extend(quick.clone());
    let signal = of_shares(Kind::FasterThanAHand, &day, Count::default()).unwrap();
    let after_the_first = ids(&quick[1..]);
    assert!(after_the_first.iter().all(|id| signal.evidence.contains(id)));
    assert!(!signal.evidence.contains(&quick[0].rating));
    // One person with several matters may be as quick.
    for one in &mut day {
        one.rater = 7;
    }
    assert_eq!(of_shares(Kind::FasterThanAHand, &day, Count::default()), None);
    for one in &mut day {
        one.shown_ms = Some(200);
    }
    assert!(of_shares(Kind::FasterThanAHand, &day, Count::default()).is_some());
    // What a device delivers at once after an outage was not given at once.
    let mut spooled = honest;
    for one in &mut spooled {
        one.received_at = at(23, 0);
    }
    assert_eq!(of_shares(Kind::FasterThanAHand, &spooled, Count::default()), None);
    assert_eq!(of_shares(Kind::Night, &spooled, Count::default()), None);
}

#[test]
fn s03_ratings_before_their_service_are_found_beyond_what_clocks_differ() {
    let (_, mut day, _) = ordinary();
    let given = |one: &Seen| one.device_at.unwrap_or(one.received_at);
    for one in &mut day {
        one.served_at = given(one) + SignedDuration::from_secs(299);
    }
    assert_eq!(of_shares(Kind::BeforeTheCaseCouldEnd, &day, Count::default()), None);
    let before = day.iter_mut().filter(|one| one.on_device()).take(15);
    let before: Vec<u128> = before
        .map(|one| {
            one.served_at = given(one) + SignedDuration::from_secs(301);
            one.rating
        })
        .collect();
    let signal = of_shares(Kind::BeforeTheCaseCouldEnd, &day, Count::default()).unwrap();
    assert_eq!(signal.evidence, before);
}

#[test]
fn s03_ratings_in_a_hall_at_night_are_found_and_those_from_home_are_nobodys_business() {
    let (_, mut day, _) = ordinary();
    let night: Vec<Seen> =
        (0..20).map(|n| rated(n, Level::VerySatisfied, at(2, n * 90_000_000))).collect();
    day.extend(night.clone());
    let signal = of_shares(Kind::Night, &day, Count::default()).unwrap();
    assert_eq!(signal.evidence, ids(&night));
    // A kiosk that is never locked has such nights.
    let always = Count { seen: 400, of: 1_000 };
    assert_eq!(of_shares(Kind::Night, &day, always), None);
    for one in &mut day {
        one.channel = Some(Channel::Wechat);
    }
    assert_eq!(of_shares(Kind::Night, &day, Count::default()), None);
}

#[test]
fn s03_cases_whose_contact_was_replaced_around_their_rating_are_found() {
    let (_, mut day, _) = ordinary();
    for one in &mut day[..16] {
        one.contact_changed = true;
    }
    let signal = of_shares(Kind::ContactsChanged, &day, Count::default()).unwrap();
    assert!(ids(&day[..16]).iter().all(|id| signal.evidence.contains(id)));
    for one in &mut day[3..] {
        one.contact_changed = false;
    }
    assert_eq!(of_shares(Kind::ContactsChanged, &day, Count::default()), None);
}

#[test]
fn s03_praise_far_above_what_is_usual_here_is_found_and_steady_praise_is_not() {
    let (_, mut day, _) = ordinary();
    for one in &mut day {
        one.level = Level::VerySatisfied;
    }
    let own = |seen| Count { seen, of: 1_000 };
    let signal = of_shares(Kind::PraiseShare, &day, own(450)).unwrap();
    assert_eq!(sorted(signal.evidence), sorted(ids(&day)));
    assert_eq!(of_shares(Kind::PraiseShare, &day, own(970)), None);
    let new = Count { seen: 80, of: 150 };
    assert_eq!(of_shares(Kind::PraiseShare, &day, new), None, "not enough is known of it");
}

#[test]
fn s03_the_same_words_of_many_raters_are_found_unless_everybody_writes_them() {
    let (_, phrases) = usual();
    let (_, mut day, _) = ordinary();
    let words = |text| normal_phrase(text).map(|normal| normal.chars().map(u64::from).sum());
    let said = ["服务热情周到，办事快！", "服务 热情 周到 办事快", "服务热情周到办事快～"];
    for (one, n) in day.iter_mut().zip(0..12) {
        one.phrase = words(said[n % 3]);
    }
    let today = Phrases::seen(day.iter());
    let signal = flagged(repeated_phrase(&all(&day), &today, &phrases)).unwrap();
    let same: Vec<_> = day.iter().filter(|one| one.phrase == day[0].phrase).cloned().collect();
    assert_eq!((signal.count.seen, signal.evidence), (12, ids(&same)));
    // Where a third of all write the same, a third of these do.
    let mut common = phrases.clone();
    *common.of.entry(day[0].phrase.unwrap()).or_default() += phrases.texts / 3;
    assert_eq!(flagged(repeated_phrase(&all(&day), &today, &common)), None);
    // A rater who says it for every case of a batch is one.
    for one in &mut day {
        one.rater = 7;
    }
    let today = Phrases::seen(day.iter());
    assert_eq!(flagged(repeated_phrase(&all(&day), &today, &phrases)), None);
    assert_eq!(common.commonest().texts, common.texts, "what is rare counts, and is not kept");
    assert!(common.commonest().of.values().all(|n| *n > 1));
}

#[test]
fn s03_defaults_that_fill_the_place_of_ratings_are_found() {
    let default = |n: u64| Seen {
        origin: Origin::Default,
        channel: None,
        device_at: None,
        ..rated(n, Level::VerySatisfied, at(0, n))
    };
    let mut day: Vec<Seen> =
        (0..4).map(|n| rated(n, Level::Satisfied, at(10, n * 600_000_000))).collect();
    let hidden: Vec<Seen> = (100..136).map(default).collect();
    day.extend(hidden.clone());
    let marked = observe(Kind::HiddenDefaults, &all(&day));
    let mut pool = Pool::default();
    (0..200).for_each(|n| pool.add(Count { seen: 10 + n % 5, of: 30 }));
    let own = |seen| Count { seen, of: 500 };
    let test = |own| share(Kind::HiddenDefaults, marked.count(), &marked, &pool, own);
    assert_eq!(flagged(test(own(180))).unwrap().evidence, ids(&hidden));
    assert_eq!(flagged(test(own(460))), None, "nobody ever rated here");
    let rated_only = observe(Kind::HiddenDefaults, &all(&day[..4]));
    assert_eq!(rated_only, Marked::default(), "where there are no defaults");
}

#[test]
fn s03_many_negatives_of_many_agencies_by_one_rater_or_network_are_found() {
    let bad = |n: u64, agencies: u32| Seen {
        agency: u32::try_from(n).unwrap() % agencies,
        rater: 7,
        channel: Some(Channel::Portal),
        ..rated(n, Level::VeryDissatisfied, at(10, n * 60_000_000))
    };
    let usual = Count { seen: 500, of: 10_000 };
    let of = |count, agencies| (0..count).map(|n| bad(n, agencies)).collect::<Vec<Seen>>();
    let rater = |day: &[Seen]| flagged(negatives_of_a_rater(&all(day), usual));
    let (many, few, one_agency) = (of(40, 4), of(5, 4), of(19, 1));
    let signal = rater(&many).unwrap();
    assert_eq!((sorted(signal.evidence), signal.count.seen), (ids(&many), 40));
    assert!(signal.explanation.contains("涉及4个单位"), "{}", signal.explanation);
    assert_eq!((rater(&few), rater(&one_agency)), (None, None));
    // Most of a month's matters, at one agency.
    let one_target = of(40, 1);
    assert_eq!(rater(&one_target).unwrap().count.seen, 40);
    let mut mostly_content = one_target;
    mostly_content
        .extend((100..150).map(|n| Seen { rater: 7, ..rated(n, Level::Satisfied, at(11, n)) }));
    assert_eq!(rater(&mostly_content), None, "whoever has many matters has many complaints");
    let mut pool = Pool::default();
    (0..200).for_each(|n| pool.add(Count { seen: n % 2, of: 20 }));
    let network = |day: &[Seen]| flagged(negatives_of_a_network(&all(day), &pool));
    assert_eq!(sorted(network(&many).unwrap().evidence), ids(&many));
    assert_eq!((network(&few), network(&one_agency)), (None, None));
}
