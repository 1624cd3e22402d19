//! Honest days of whole halls, the busy ones among them.

use super::{
    honest::{Window, usual},
    *,
};

/// The windows of a hall.
const WINDOWS: usize = 20;

/// A hall with its past: of each window, and of all together.
struct Hall {
    windows: Vec<(Window, Vec<Past>, Count)>,
    past: Vec<Past>,
}

impl Hall {
    fn new(dice: &mut Dice) -> Self {
        let window = |dice: &mut Dice| {
            let window = Window::new(dice);
            (window, window.past(dice), window.own(dice))
        };
        let windows: Vec<_> = (0..WINDOWS).map(|_| window(dice)).collect();
        let mut past = windows[0].1.clone();
        for (_, of_window, _) in &windows[1..] {
            for (all, day) in past.iter_mut().zip(of_window) {
                for (sum, n) in all.counts.hours.iter_mut().zip(day.counts.hours) {
                    *sum += n;
                }
            }
        }
        Self { windows, past }
    }

    /// A day on which every window is so many times as busy as usual.
    fn day(&self, times: f64, dice: &mut Dice) -> Vec<Vec<Seen>> {
        self.windows.iter().map(|(window, ..)| window.busier(times).day(dice)).collect()
    }

    fn around(&self, day: &[Vec<Seen>]) -> Around {
        let mut around = Around { past: self.past.clone(), ..Around::default() };
        for seen in day {
            for (sum, n) in around.hours.iter_mut().zip(counts(&all(seen)).hours) {
                *sum += n;
            }
        }
        around
    }

    /// The signals of a day: which window, and what.
    fn signals(&self, day: &[Vec<Seen>], around: Option<&Around>) -> Vec<(usize, Kind)> {
        let (pools, before) = usual_once();
        let mut today = Phrases::default();
        day.iter().for_each(|seen| today.merge(&Phrases::seen(seen.iter())));
        let mut families: BTreeMap<Kind, Family<usize>> = BTreeMap::new();
        for (n, (seen, (_, past, own))) in day.iter().zip(&self.windows).enumerate() {
            let seen = all(seen);
            let mut tests = vec![
                burst(&seen, (DAY, true), past, around),
                repeated_phrase(&seen, &today, before),
            ];
            for (kind, pool) in pools {
                let marked = observe(*kind, &seen);
                let own = if *kind == Kind::PraiseShare { *own } else { Count::default() };
                tests.push(share(*kind, marked.count(), &marked, pool, own));
            }
            for test in tests.into_iter().flatten() {
                families.entry(test.kind).or_default().add(n, Some(test));
            }
        }
        let signals = families.into_values().flat_map(Family::signals);
        signals.map(|(window, signal)| (window, signal.kind)).collect()
    }
}

fn usual_once() -> &'static (BTreeMap<Kind, Pool>, Phrases) {
    static USUAL: std::sync::OnceLock<(BTreeMap<Kind, Pool>, Phrases)> = std::sync::OnceLock::new();
    USUAL.get_or_init(usual)
}

/// A hundred and twenty days of halls, each with another seed: 2,400 days of windows, of which at most one
/// may be flagged by any of the eight detectors that see windows.
#[test]
fn s03_of_honest_days_of_halls_market_days_included_at_most_one_window_in_2400_is_flagged() {
    let (mut flagged, mut without) = (Vec::new(), 0);
    for seed in 0..120 {
        let mut dice = Dice::new(1_000 + seed);
        let hall = Hall::new(&mut dice);
        let times = [1.0, 1.5, 3.0][usize::try_from(seed % 3).unwrap()];
        let day = hall.day(times, &mut dice);
        let around = hall.around(&day);
        flagged.extend(hall.signals(&day, Some(&around)).into_iter().map(|found| (seed, found)));
        without += hall.signals(&day, None).len();
    }
    assert!(flagged.len() <= 1, "{flagged:?}");
    assert!(without > 100, "a window alone does not know that it is market day: {without}");
}

#[test]
fn s03_a_window_that_is_busy_alone_is_found_on_a_market_day_and_a_hall_that_fakes_is_no_excuse() {
    for seed in 0..10 {
        let mut dice = Dice::new(2_000 + seed);
        let hall = Hall::new(&mut dice);
        let mut day = hall.day(3.0, &mut dice);
        let fake = |n: u64| rated(dice.next(), Level::VerySatisfied, at(11, n * 40_000_000));
        day[7].extend((0..80).map(fake));
        let around = hall.around(&day);
        let found = hall.signals(&day, Some(&around));
        assert!(found.contains(&(7, Kind::Burst)), "seed {seed}: {found:?}");
        // All windows at once, ten times as much as usual.
        let day = hall.day(12.0, &mut dice);
        let around = hall.around(&day);
        let bursts = hall.signals(&day, Some(&around));
        let bursts = bursts.iter().filter(|(_, kind)| *kind == Kind::Burst).count();
        assert!(bursts >= WINDOWS / 2, "seed {seed}: {bursts}");
    }
}
