//! More ratings in an hour than usual at that hour of such a day.

use jiff::civil::{Date, Weekday};

use super::{
    Count, Counts, Kind, Pool, Seen, Test, counts,
    tail::{negative_binomial, real},
    terms,
};
use crate::deadline::clock_time;

/// A day of a subject's past.
#[derive(Clone, Debug)]
pub struct Past {
    /// The day.
    pub day: Date,
    /// Whether people worked on it.
    pub working: bool,
    /// What it came to.
    pub counts: Counts,
}

/// All ratings of the region, the subject's own included: on a market day everybody is busy.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Today, by the hour.
    pub hours: [u32; 24],
    /// The days before.
    pub past: Vec<Past>,
}

impl Around {
    /// How many times as busy as usual all others are in an hour, from 1 on. `alike` holds the days that
    /// today is compared with; `own` the subject's ratings of the hour, today and usually.
    fn busier(&self, alike: &[&Past], hour: usize, own: (u32, f64)) -> f64 {
        if self.past.len() < terms::LEAST_DAYS || alike.is_empty() {
            return 1.0;
        }
        let before: f64 = alike.iter().map(|past| f64::from(past.counts.hours[hour])).sum();
        let usual = (before / real(len(alike)) - own.1).max(0.0) + terms::AROUND_WEIGHT;
        let today = f64::from(self.hours[hour].saturating_sub(own.0)) + terms::AROUND_WEIGHT;
        (today / usual).clamp(1.0, terms::MOST_BUSY)
    }
}

/// The hour of a day with the least probable number of ratings. `past` holds the subject's days with any,
/// `around` all ratings of its region, if it has one.
#[must_use]
pub fn burst(
    seen: &[&Seen],
    (day, working): (Date, bool),
    past: &[Past],
    around: Option<&Around>,
) -> Option<Test> {
    if past.len() < terms::LEAST_DAYS {
        return None;
    }
    let of_region = around.map(|around| self::alike((day, working), &around.past));
    let alike = alike((day, working), past);
    let differ = days_differ(&alike);
    // As one more day like any other hour, so that an hour without ratings so far is not impossible.
    let all: f64 = past.iter().map(|past| real(past.counts.rated())).sum();
    let mean = all / real(24 * len(past));
    let mut least: Option<(usize, u64, f64, f64)> = None;
    for (hour, count) in counts(seen).hours.into_iter().enumerate() {
        let before: f64 = alike.iter().map(|past| f64::from(past.counts.hours[hour])).sum();
        let shape = before + mean;
        let mean_before = before / real(len(&alike)).max(1.0);
        let busier = around
            .zip(of_region.as_ref())
            .map_or(1.0, |(around, alike)| around.busier(alike, hour, (count, mean_before)));
        let usual = shape / (real(len(&alike)) + 1.0) * busier;
        // The rate varies by day, and is not known exactly either.
        let p = improbable(count.into(), usual, differ + 1.0 / shape);
        if least.is_none_or(|(.., least)| p < least) {
            least = Some((hour, count.into(), usual, p));
        }
    }
    let (hour, count, usual, p) = least?;
    // One of 24 hours was chosen.
    let p = (p * 24.0).min(1.0);
    Some(in_hour(seen, hour, Count { seen: count, of: len(&alike) }, usual, p))
}

/// The busiest hour of a network address that has no past, against those of all addresses: `pool` holds
/// what [`busiest`] says of each of their days.
#[must_use]
pub fn burst_of_a_new_network(seen: &[&Seen], past: &[Past], pool: &Pool) -> Option<Test> {
    if past.len() >= terms::LEAST_DAYS {
        return None;
    }
    let (usual, varies) = pool.spread()?;
    let (hour, count) = busiest_hour(seen);
    let p = improbable(count, usual, varies.max(terms::NETWORKS_DIFFER));
    Some(in_hour(seen, hour, Count { seen: count, of: 0 }, usual, p))
}

/// The number of ratings in the busiest hour, as one day of a pool.
#[must_use]
pub fn busiest(seen: &[&Seen]) -> Count {
    Count { seen: busiest_hour(seen).1, of: 1 }
}

fn busiest_hour(seen: &[&Seen]) -> (usize, u64) {
    let hours = counts(seen).hours.into_iter().enumerate();
    let (hour, count) = hours.max_by_key(|(_, count)| *count).unwrap_or_default();
    (hour, count.into())
}

/// How probable so many are; 1 if they are too few to matter.
fn improbable(count: u64, usual: f64, varies: f64) -> f64 {
    let matters = count >= terms::LEAST_BURST && real(count) >= terms::TIMES_USUAL * usual;
    if matters { negative_binomial(count, usual, varies) } else { 1.0 }
}

fn in_hour(seen: &[&Seen], hour: usize, count: Count, usual: f64, p: f64) -> Test {
    let then = |one: &&&Seen| {
        one.is_active() && usize::try_from(clock_time(one.given_at()).hour()) == Ok(hour)
    };
    let evidence = || seen.iter().filter(then).map(|one| one.rating).collect();
    let test = Test::new(Kind::Burst, p, count, usual, evidence);
    Test { detail: u64::try_from(hour).unwrap_or_default(), ..test }
}

fn len<T>(days: &[T]) -> u64 {
    u64::try_from(days.len()).unwrap_or(u64::MAX)
}

/// The days that a day is compared with: working days with working days, and of these the same weekday if
/// there are enough. A Saturday made up for a holiday (调休) is a working day like any other.
fn alike((day, working): (Date, bool), past: &[Past]) -> Vec<&Past> {
    let as_usual = |day: Date, working: bool| {
        working != matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
    };
    let all: Vec<&Past> = past.iter().filter(|past| past.working == working).collect();
    let weekday = |past: &&&Past| past.day.weekday() == day.weekday();
    let same: Vec<&Past> = all.iter().filter(weekday).copied().collect();
    match as_usual(day, working) && same.len() >= terms::LEAST_ALIKE {
        true => same,
        false => all,
    }
}

/// How much days differ beyond chance, as the squared coefficient of variation, over all hours.
fn days_differ(alike: &[&Past]) -> f64 {
    let days = real(len(alike));
    if days < 2.0 {
        return terms::NETWORKS_DIFFER;
    }
    let (mut beyond, mut squares) = (0.0, 0.0);
    for hour in 0..24 {
        let of = |past: &&Past| f64::from(past.counts.hours[hour]);
        let mean = alike.iter().map(of).sum::<f64>() / days;
        let variance =
            alike.iter().map(|past| (of(past) - mean).powi(2)).sum::<f64>() / (days - 1.0);
        beyond += variance - mean;
        squares += mean * mean;
    }
    let found = beyond / squares;
    if found.is_finite() { found.max(terms::DAYS_DIFFER) } else { terms::NETWORKS_DIFFER }
}
