//! Honest subjects: they differ from each other, and their days differ.

use super::*;

/// A window where everything is as it should be.
#[derive(Clone, Copy)]
pub(in crate::signal::tests) struct Window {
    /// Ratings of an hour.
    rate: f64,
    /// The share of the best level.
    praise: f64,
    /// The usual dwell time, in milliseconds.
    dwell: f64,
}

impl Window {
    pub(in crate::signal::tests) fn new(dice: &mut Dice) -> Self {
        Self {
            rate: 4.0 * dice.gamma(4.0) / 4.0,
            praise: dice.beta(8.0, 2.0),
            dwell: 3_000.0 * (0.3 * dice.normal()).exp(),
        }
    }

    /// The ratings of an ordinary hour, on a day that is so much busier.
    pub(in crate::signal::tests) fn busier(self, times: f64) -> Self {
        Self { rate: self.rate * times, ..self }
    }

    /// How busy a day is: a third more or less.
    fn busy(&self, dice: &mut Dice) -> f64 {
        self.rate * dice.gamma(10.0) / 10.0
    }

    /// The ratings of a day, nine to five.
    pub(in crate::signal::tests) fn day(&self, dice: &mut Dice) -> Vec<Seen> {
        let busy = self.busy(dice);
        let mut seen = Vec::new();
        for hour in 9..17 {
            for _ in 0..dice.poisson(busy) {
                let level = match dice.uniform() {
                    u if u < self.praise => Level::VerySatisfied,
                    u if u < self.praise + (1.0 - self.praise) * 0.8 => Level::Satisfied,
                    _ => Level::Dissatisfied,
                };
                // Some stay longer, and a clock can be slow.
                let hour = if dice.happens(0.001) { 22 } else { hour };
                let given_at = at(hour, dice.below(3_600_000_000));
                let mut one = rated(dice.next(), level, given_at);
                if dice.happens(0.2) {
                    (one.channel, one.device_at) = (Some(Channel::Portal), None);
                }
                if dice.happens(0.005) {
                    one.served_at = given_at + jiff::SignedDuration::from_mins(20);
                }
                let dwell = format!("{:.0}", self.dwell * (0.6 * dice.normal()).exp());
                one.shown_ms = dwell.parse().ok();
                one.contact_changed = dice.happens(0.01);
                // One in ten writes; a third of these what many write.
                if dice.happens(0.1) {
                    one.phrase = Some(match dice.happens(0.3) {
                        true => dice.below(20),
                        false => dice.next(),
                    });
                }
                seen.push(one);
            }
        }
        seen
    }

    /// The days before, of which only the hours matter.
    pub(in crate::signal::tests) fn past(&self, dice: &mut Dice) -> Vec<Past> {
        let day = |ago: i32| {
            let day = DAY - jiff::Span::new().days(ago);
            let busy = self.busy(dice);
            let mut counts = Counts::default();
            for hour in 9..17 {
                counts.hours[hour] = dice.poisson(busy);
            }
            Past { day, working: true, counts }
        };
        (1..=terms::HISTORY_DAYS).filter(|ago| !matches!(ago % 7, 3 | 4)).map(day).collect()
    }

    /// How many of its past ratings were of the best level.
    pub(in crate::signal::tests) fn own(&self, dice: &mut Dice) -> Count {
        let of = 600;
        let seen = (0..of).filter(|_| dice.happens(self.praise)).count();
        Count { seen: u64::try_from(seen).unwrap(), of }
    }
}

/// What a thousand honest days are like.
pub(in crate::signal::tests) fn usual() -> (BTreeMap<Kind, Pool>, Phrases) {
    let mut dice = Dice::new(1);
    let mut pools: BTreeMap<Kind, Pool> = BTreeMap::new();
    let mut phrases = Phrases::default();
    for _ in 0..1_000 {
        let day = Window::new(&mut dice).day(&mut dice);
        for (kind, count) in counts(&all(&day)).shares {
            pools.entry(kind).or_default().add(count);
        }
        phrases.merge(&Phrases::seen(day.iter()));
    }
    (pools, phrases)
}

const SUBJECTS: u64 = 10_000;

#[test]
fn s03_of_ten_thousand_honest_windows_on_one_day_none_is_flagged_by_any_detector() {
    let (pools, before) = usual();
    let mut dice = Dice::new(2);
    let days: Vec<_> = (0..SUBJECTS)
        .map(|_| {
            let window = Window::new(&mut dice);
            let (past, own) = (window.past(&mut dice), window.own(&mut dice));
            (window.day(&mut dice), past, own)
        })
        .collect();
    let mut today = Phrases::default();
    days.iter().for_each(|(day, ..)| today.merge(&Phrases::seen(day.iter())));
    let mut families: BTreeMap<Kind, Family<usize>> = BTreeMap::new();
    let mut improbable: BTreeMap<Kind, u64> = BTreeMap::new();
    for (n, (day, past, own)) in days.iter().enumerate() {
        let day = all(day);
        let mut tests =
            vec![burst(&day, (DAY, true), past, None), repeated_phrase(&day, &today, &before)];
        for (kind, pool) in &pools {
            let marked = observe(*kind, &day);
            let own = if *kind == Kind::PraiseShare { *own } else { Count::default() };
            tests.push(share(*kind, marked.count(), &marked, pool, own));
        }
        for test in tests.into_iter().flatten() {
            *improbable.entry(test.kind).or_default() += u64::from(test.p <= 0.01);
            families.entry(test.kind).or_default().add(n, Some(test));
        }
    }
    assert_eq!(families.len(), 8, "{:?}", families.keys());
    for (kind, family) in families {
        // A probability of one in a hundred is reached by one in a hundred at most.
        let (tested, reached) = (family.tested(), improbable[&kind]);
        assert!(
            tested > SUBJECTS / 20 && reached * 100 <= tested,
            "{kind:?}: {reached} of {tested}"
        );
        let signals = family.signals();
        assert!(signals.is_empty(), "{kind:?}: {signals:?}");
    }
}

#[test]
fn s03_of_ten_thousand_honest_raters_and_networks_none_is_flagged_however_easily_they_complain() {
    let mut dice = Dice::new(3);
    let (mut raters, mut networks) = (Family::default(), Family::default());
    let mut bursts = Family::default();
    let days: Vec<Vec<Seen>> = (0..SUBJECTS)
        .map(|_| {
            // A company's or a school's address: many matters at many agencies, and moods that differ.
            let (complains, of) = (dice.beta(0.3, 5.7), dice.below(60));
            let one = |n: u64| {
                let bad = dice.happens(complains);
                let level = if bad { Level::Dissatisfied } else { Level::Satisfied };
                let mut one = rated(n, level, at(10, n * 1_000_000));
                one.agency = u32::try_from(dice.below(6)).unwrap();
                one
            };
            (0..of).map(one).collect()
        })
        .collect();
    let (mut pool, mut hours) = (Pool::default(), Pool::default());
    for day in &days {
        hours.add(busiest(&all(day)));
        pool.add(observe(Kind::MaliciousNegatives, &all(day)).count());
    }
    for (n, day) in days.iter().enumerate() {
        networks.add(n, negatives_of_a_network(&all(day), &pool));
        bursts.add(n, burst_of_a_new_network(&all(day), &[], &hours));
        // A rater has a few of these matters.
        let few = &all(day)[..day.len().min(3)];
        raters.add(n, negatives_of_a_rater(few, Count { seen: 500, of: 10_000 }));
    }
    assert!(raters.tested() == SUBJECTS && networks.tested() > SUBJECTS / 2);
    assert_eq!(bursts.tested(), SUBJECTS);
    assert!(networks.signals().is_empty() && raters.signals().is_empty());
    assert!(bursts.signals().is_empty(), "steady addresses are no bursts");
}
