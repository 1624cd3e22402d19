//! Pain points (堵点难点, P09): where complaints gather, whether they become more, and whether a change
//! helped. Many cells are compared at once, and each comparison that is shown counts: so no cell is said to
//! rise, to fall or to stand out by a chance that so many comparisons bring anyway (`focus` has the tests).

use crate::{
    focus::{
        BEFORE_DAYS, ComplaintCount, Complaints, Concentration, MIN_RATINGS, REPEATED_TIMES,
        Sample, Verdict, Window,
    },
    profile::KeyTargetTrigger,
};

/// The longest span of days that is analysed: it is compared with as many days before, and complaints of
/// longer ago than this are compared with nothing.
pub const MAX_DAYS: i32 = BEFORE_DAYS;
/// How many ratings or complaints a cell has at least to be shown to everybody. As many raters as let
/// private ratings into the figures.
pub const PUBLIC_AT_LEAST: u64 = crate::statistics::RATERS_TOGETHER as u64;
/// How many comparisons a cell is good for: that it rises, that it falls, and that it stands out among
/// its peers.
const COMPARISONS: u64 = 3;
/// How many days before and after a change are compared at most: a quarter, as everywhere else.
pub const EFFECT_DAYS: i64 = crate::focus::WINDOW_DAYS;

/// How many comparisons are made at once for so many cells.
#[must_use]
pub fn comparisons(cells: u64) -> u64 {
    cells.saturating_mul(COMPARISONS).max(1)
}

/// What became of a cell's share, or of its complaints, since the period before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// 上升: more than chance, and half as much again.
    Rising,
    /// 下降: the same in the other direction.
    Falling,
    /// 无明显变化: chance explains it, or it hardly changed.
    Steady,
    /// 样本不足: nothing can be said.
    TooFew,
}

/// Compares a share of ratings with that of the period before.
///
/// ```
/// use domain::{focus::{Sample, Window}, pain_point::{Trend, trend}};
/// let window = Window::ending_on("2026-03-31".parse().unwrap());
/// let of = |poor, ratings| Sample { poor, ratings };
/// assert_eq!(trend(window, of(40, 200), of(8, 200), 30), Trend::Rising);
/// assert_eq!(trend(window, of(8, 200), of(40, 200), 30), Trend::Falling);
/// assert_eq!(trend(window, of(9, 200), of(8, 200), 30), Trend::Steady);
/// assert_eq!(trend(window, of(5, 5), of(0, 5), 30), Trend::TooFew, "five raters prove nothing");
/// ```
#[must_use]
pub fn trend(window: Window, now: Sample, before: Sample, compared: u64) -> Trend {
    let more = |one, other| more_than_chance(window, one, other, compared);
    if now.ratings.min(before.ratings) < MIN_RATINGS || now.poor.max(before.poor) < REPEATED_TIMES {
        Trend::TooFew
    } else if more(now, before) {
        Trend::Rising
    } else if more(before, now) {
        Trend::Falling
    } else {
        Trend::Steady
    }
}

/// Compares complaints, of which nobody knows how many might have been made, with those of as many days
/// before: by their own rate, and by how those about everything else changed meanwhile.
///
/// ```
/// use domain::{focus::{ComplaintCount, Window}, pain_point::{Trend, complaint_trend}};
/// let window = Window::ending_on("2026-03-31".parse().unwrap());
/// let of = |now, before| ComplaintCount { now, before };
/// assert_eq!(complaint_trend(window, of(30, 5), of(100, 100), 30), Trend::Rising);
/// assert_eq!(complaint_trend(window, of(30, 5), of(600, 100), 30), Trend::Steady, "as everywhere");
/// assert_eq!(complaint_trend(window, of(5, 30), of(100, 100), 30), Trend::Falling);
/// assert_eq!(complaint_trend(window, of(2, 0), of(100, 100), 30), Trend::TooFew);
/// ```
#[must_use]
pub fn complaint_trend(
    window: Window,
    own: ComplaintCount,
    rest: ComplaintCount,
    compared: u64,
) -> Trend {
    let back = |count: ComplaintCount| ComplaintCount { now: count.before, before: count.now };
    let found = |own, rest| {
        let told = Complaints::of(window, window.days(), own, rest, compared);
        told.verdict == Verdict::Found
    };
    if own.now.max(own.before) < REPEATED_TIMES || window.days() > MAX_DAYS {
        Trend::TooFew
    } else if found(own, rest) {
        Trend::Rising
    } else if found(back(own), back(rest)) {
        Trend::Falling
    } else {
        Trend::Steady
    }
}

/// How a reason weighs at an item against the other items of its business line, at the same stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lift {
    /// Its ratings, and those of them that are negative with the reason.
    pub own: Sample,
    /// Those of the other items.
    pub peers: Sample,
    /// Its share in percent of theirs, drawn towards theirs the fewer ratings it has: with
    /// [`MIN_RATINGS`] it is half its own. None with fewer than that of either, with fewer than
    /// [`REPEATED_TIMES`] of its own, or if the others have none.
    pub percent: Option<u64>,
    /// Whether it stands out: more than chance, and half as much again.
    pub stands_out: bool,
}

impl Lift {
    /// Compares.
    #[must_use]
    pub fn of(window: Window, own: Sample, peers: Sample, compared: u64) -> Self {
        let stands_out = more_than_chance(window, own, peers, compared);
        let enough = own.ratings.min(peers.ratings) >= MIN_RATINGS && own.poor >= REPEATED_TIMES;
        let percent = Some(shrunk_percent(own, peers)).filter(|_| enough).flatten();
        Self { own, peers, percent, stands_out }
    }
}

/// `MIN_RATINGS` further ratings with the peers' share are laid to its own; their share of the peers'
/// is then `(poor + m·P) ÷ ((ratings + m)·P)`, with `P` the peers' share.
fn shrunk_percent(own: Sample, peers: Sample) -> Option<u64> {
    let [poor, ratings, of_peers, all_peers, prior] =
        [own.poor, own.ratings, peers.poor, peers.ratings, MIN_RATINGS].map(u128::from);
    let above = (poor * all_peers + prior * of_peers) * 100;
    let below = (ratings + prior) * of_peers;
    let rounded = (2 * above + below).checked_div(2 * below)?;
    u64::try_from(rounded).ok()
}

/// What a change did to an item's negative ratings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// 改善: the share fell, more than chance, and further than that of its peers.
    Better,
    /// 变差: the share rose, more than chance, and further than that of its peers.
    Worse,
    /// 无明显变化.
    Unchanged,
    /// 样本不足.
    TooFew,
}

/// The same share before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeforeAfter {
    /// Before the change.
    pub before: Sample,
    /// After it.
    pub after: Sample,
}

impl BeforeAfter {
    /// Whether this share changed by a smaller factor than another did: `to ÷ from` of each.
    fn rose_less(self, other: Self) -> bool {
        // Counts of a quarter are below 2^32, so four of them fit.
        let product = |parts: [u64; 4]| parts.map(u128::from).into_iter().product::<u128>();
        let (own, peers) = (self, other);
        product([own.after.poor, own.before.ratings, peers.before.poor, peers.after.ratings])
            < product([peers.after.poor, peers.before.ratings, own.before.poor, own.after.ratings])
    }
}

/// Compares an item's share before and after a change, and with what its peers' did meanwhile: what
/// fell everywhere is not the change's merit.
#[must_use]
pub fn effect(window: Window, own: BeforeAfter, peers: BeforeAfter, compared: u64) -> Effect {
    let more = |one, other| more_than_chance(window, one, other, compared);
    let known = peers.before.ratings.min(peers.after.ratings) >= MIN_RATINGS;
    if own.before.ratings.min(own.after.ratings) < MIN_RATINGS
        || own.before.poor.max(own.after.poor) < REPEATED_TIMES
    {
        Effect::TooFew
    } else if more(own.before, own.after) && (!known || own.rose_less(peers)) {
        Effect::Better
    } else if more(own.after, own.before) && (!known || peers.rose_less(own)) {
        Effect::Worse
    } else {
        Effect::Unchanged
    }
}

/// Whether a share exceeds another by more than chance and by half at least; `focus` says how it is tested.
fn more_than_chance(window: Window, one: Sample, other: Sample, compared: u64) -> bool {
    let told = Concentration::of(KeyTargetTrigger::Concentrated, window, one, other, compared);
    told.verdict == Verdict::Found
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn window() -> Window {
        Window::ending_on(date(2026, 3, 31))
    }

    fn of(poor: u64, ratings: u64) -> Sample {
        Sample { poor, ratings }
    }

    #[test]
    fn p09_what_passes_alone_is_no_trend_among_many() {
        let (now, before) = (of(20, 200), of(8, 200));
        assert_eq!(trend(window(), now, before, 1), Trend::Rising);
        assert_eq!(trend(window(), now, before, comparisons(100)), Trend::Steady);
        // A tenth more of very many is beyond chance and matters to nobody.
        let slight = trend(window(), of(11_000, 100_000), of(10_000, 100_000), 1);
        assert_eq!(slight, Trend::Steady);
    }

    #[test]
    fn p09_a_quiet_region_is_not_cried_wolf_over() {
        // A hundred cells with the same 5 % in both periods, as chance makes them (splitmix64).
        let mut seed = 9_u64;
        let mut poor = || {
            let one = |_: &u64| {
                seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                (z ^ (z >> 31)).is_multiple_of(20)
            };
            (0..200_u64).filter(one).count() as u64
        };
        let alone = |of_many| {
            move |&(now, before): &(u64, u64)| {
                trend(window(), of(now, 200), of(before, 200), of_many) != Trend::Steady
            }
        };
        let cells: Vec<(u64, u64)> = (0..100).map(|_| (poor(), poor())).collect();
        assert!(cells.iter().any(alone(1)), "uncorrected, chance alone finds some");
        assert_eq!(cells.iter().filter(|cell| alone(comparisons(100))(cell)).count(), 0);
    }

    #[test]
    fn p09_a_lift_is_drawn_towards_the_peers_the_fewer_ratings_there_are() {
        let lift = |own, peers| Lift::of(window(), own, peers, 1);
        let few = lift(of(8, 20), of(100, 1_000));
        let many = lift(of(800, 2_000), of(100, 1_000));
        assert_eq!((few.percent, many.percent), (Some(250), Some(397)), "four times as often");
        assert!(few.stands_out && many.stands_out);
        assert_eq!(lift(of(7, 19), of(100, 1_000)).percent, None, "too few ratings");
        assert_eq!(lift(of(2, 20), of(10, 1_000)).percent, None, "too few of them");
        assert_eq!(lift(of(8, 20), of(1, 19)).percent, None, "too few peers");
        let unheard_of = lift(of(8, 20), of(0, 1_000));
        assert_eq!((unheard_of.percent, unheard_of.stands_out), (None, true));
        assert!(!lift(of(100, 1_000), of(100, 1_000)).stands_out);
    }

    #[test]
    fn p09_c14_what_fell_everywhere_is_not_the_changes_merit() {
        let of = |before: (u64, u64), after: (u64, u64)| BeforeAfter {
            before: of(before.0, before.1),
            after: of(after.0, after.1),
        };
        let effect = |own, peers| effect(window(), own, peers, 2);
        let same = of((100, 1_000), (100, 1_000));
        assert_eq!(effect(of((60, 300), (10, 300)), same), Effect::Better);
        let everywhere = of((200, 1_000), (20, 1_000));
        assert_eq!(effect(of((60, 300), (10, 300)), everywhere), Effect::Unchanged);
        assert_eq!(effect(of((10, 300), (60, 300)), same), Effect::Worse);
        assert_eq!(effect(of((10, 300), (60, 300)), of((10, 300), (90, 300))), Effect::Unchanged);
        assert_eq!(effect(of((60, 300), (58, 300)), same), Effect::Unchanged);
        assert_eq!(effect(of((8, 19), (0, 300)), same), Effect::TooFew);
        let alone = of((0, 0), (0, 0));
        assert_eq!(effect(of((60, 300), (10, 300)), alone), Effect::Better, "no peers to compare");
    }
}
