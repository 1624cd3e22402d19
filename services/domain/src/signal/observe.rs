//! What is looked for in one subject's ratings of a day, for each kind that compares shares: which
//! ratings have it, of how many that could.

use std::collections::BTreeMap;

use super::{Count, Counts, Kind, Seen, terms};
use crate::{
    channel::Channel, deadline::clock_time, level::Level, rating::Origin, report::CLOCKS_APART,
};

/// The kinds that compare shares of a window, a member of staff, or a kiosk.
pub const SHARES: [Kind; 7] = [
    Kind::ConstantDwell,
    Kind::FasterThanAHand,
    Kind::BeforeTheCaseCouldEnd,
    Kind::Night,
    Kind::ContactsChanged,
    Kind::PraiseShare,
    Kind::HiddenDefaults,
];

/// The ratings with what is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// These have it.
    pub ratings: Vec<u128>,
    /// Of so many that could.
    pub of: u64,
    /// How many of these ratings were given while a place was closed by its own opening hours, and not
    /// just at night.
    pub by_hours: u64,
}

impl Marked {
    /// Those of some ratings that have it.
    fn among<'a>(could: impl Iterator<Item = &'a Seen>, has: impl Fn(&Seen) -> bool) -> Self {
        let mut marked = Self::default();
        for seen in could {
            marked.of += 1;
            if has(seen) {
                marked.ratings.push(seen.rating);
            }
        }
        marked
    }

    /// How many of how many.
    #[must_use]
    pub fn count(&self) -> Count {
        Count { seen: count(&self.ratings), of: self.of }
    }
}

fn count<T>(things: &[T]) -> u64 {
    u64::try_from(things.len()).unwrap_or(u64::MAX)
}

/// The ratings that have what a kind looks for.
#[must_use]
pub fn observe(kind: Kind, seen: &[&Seen]) -> Marked {
    match kind {
        Kind::ConstantDwell => constant_dwell(seen),
        Kind::FasterThanAHand => faster_than_a_hand(seen),
        Kind::BeforeTheCaseCouldEnd => before_the_case_could_end(seen),
        Kind::Night => night(seen),
        Kind::ContactsChanged => contacts_changed(seen),
        Kind::PraiseShare => praise(seen),
        Kind::HiddenDefaults => defaults(seen),
        Kind::MaliciousNegatives => negatives(seen),
        Kind::Burst | Kind::RepeatedPhrase => Marked::default(),
    }
}

/// What is kept of a day.
#[must_use]
pub fn counts(seen: &[&Seen]) -> Counts {
    let mut hours = [0; 24];
    for one in active(seen) {
        if let Ok(hour) = usize::try_from(clock_time(one.given_at()).hour()) {
            hours[hour] += 1;
        }
    }
    let share = |kind: Kind| {
        let count = observe(kind, seen).count();
        (count.of > 0).then_some((kind, count))
    };
    let shares: BTreeMap<Kind, Count> = SHARES.into_iter().filter_map(share).collect();
    Counts { hours, shares }
}

fn active<'a>(seen: &'a [&Seen]) -> impl Iterator<Item = &'a Seen> {
    seen.iter().copied().filter(|one| one.is_active())
}

/// Dwell times close to their median, which itself does not count.
fn constant_dwell(seen: &[&Seen]) -> Marked {
    let timed = || active(seen).filter_map(|one| Some((one, one.shown_ms?)));
    let mut times: Vec<u32> = timed().map(|(_, ms)| ms).collect();
    times.sort_unstable();
    let Some(median) = times.get(times.len() / 2).copied().map(f64::from) else {
        return Marked::default();
    };
    let close = |ms: u32| (f64::from(ms) - median).abs() <= median * terms::EQUAL_DWELL;
    let mut marked = Marked { of: count(&times) - 1, ..Marked::default() };
    marked.ratings.extend(timed().filter(|(_, ms)| close(*ms)).map(|(one, _)| one.rating));
    marked.ratings.pop();
    marked
}

/// On one device: too soon after another rater's, or too soon after the levels appeared.
fn faster_than_a_hand(seen: &[&Seen]) -> Marked {
    let on_device = active(seen).filter(|one| one.on_device());
    let mut touched: Vec<_> = on_device.filter_map(|one| Some((one.device_at?, one))).collect();
    touched.sort_by_key(|(at, one)| (*at, one.rating));
    let mut marked = Marked { of: count(&touched), ..Marked::default() };
    let mut before = None;
    for (at, one) in touched {
        let handed = |&(earlier, rater): &(jiff::Timestamp, u64)| {
            rater != one.rater && at.duration_since(earlier) < terms::HAND_OVER
        };
        let read = one.shown_ms.is_none_or(|ms| ms >= terms::READING_MS);
        if !read || before.as_ref().is_some_and(handed) {
            marked.ratings.push(one.rating);
        }
        before = Some((at, one.rater));
    }
    marked
}

/// By the device's clock before the service, by more than clocks differ.
fn before_the_case_could_end(seen: &[&Seen]) -> Marked {
    let timed = active(seen).filter(|one| one.on_device() && one.device_at.is_some());
    let before = |one: &Seen| {
        one.device_at.is_some_and(|at| one.served_at.duration_since(at) > CLOCKS_APART)
    };
    Marked::among(timed, before)
}

/// On site, while it was closed; where nobody knows when that is, in the night.
fn night(seen: &[&Seen]) -> Marked {
    let on_site = |one: &&Seen| one.on_device() || one.channel == Some(Channel::WindowCode);
    let at_night = |one: &Seen| terms::NIGHT.contains(&clock_time(one.given_at()).hour());
    let closed = |one: &Seen| one.closed.unwrap_or_else(|| at_night(one));
    let by_hours = active(seen).filter(on_site).filter(|one| one.closed == Some(true)).count();
    let by_hours = u64::try_from(by_hours).unwrap_or(u64::MAX);
    Marked { by_hours, ..Marked::among(active(seen).filter(on_site), closed) }
}

/// Of cases whose contact was replaced, whenever they were rated.
fn contacts_changed(seen: &[&Seen]) -> Marked {
    let rated = seen.iter().copied().filter(|one| one.origin == Origin::Active);
    Marked::among(rated, |one| one.contact_changed)
}

/// Of the best level.
fn praise(seen: &[&Seen]) -> Marked {
    Marked::among(active(seen), |one| one.level == Level::VerySatisfied)
}

/// Default ratings, of these and what raters gave.
fn defaults(seen: &[&Seen]) -> Marked {
    let is_default = |one: &Seen| one.origin == Origin::Default;
    let either = seen.iter().copied().filter(|one| one.is_active() || is_default(one));
    let marked = Marked::among(either, is_default);
    // Where no profile has a default rating there is nothing to compare.
    if marked.ratings.is_empty() { Marked::default() } else { marked }
}

/// Negative ones.
fn negatives(seen: &[&Seen]) -> Marked {
    Marked::among(active(seen), |one| one.level.is_negative())
}
