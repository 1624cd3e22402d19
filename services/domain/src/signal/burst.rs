//! More ratings in an hour than usual at that hour of such a day.

use jiff::civil::{Date, Weekday};

use super::{
    Count, Counts, Kind, Seen, SubjectKind, Test, counts,
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

/// The hour of a day with the least probable number of ratings. `past` holds the subject's days with any.
#[must_use]
pub fn burst(
    subject: SubjectKind,
    seen: &[&Seen],
    (day, working): (Date, bool),
    past: &[Past],
) -> Option<Test> {
    let now = counts(seen).hours;
    let unknown = past.len() < terms::LEAST_DAYS;
    if unknown && subject != SubjectKind::Network {
        return None;
    }
    let alike = if unknown { Vec::new() } else { alike((day, working), past) };
    let varies = if unknown { terms::NETWORKS_DIFFER } else { days_differ(&alike) };
    let mean = match unknown {
        true => terms::NEW_NETWORK,
        // As one more day like any other hour, so that an hour without ratings so far is not impossible.
        false => past.iter().map(|past| real(past.counts.rated())).sum::<f64>()
            / real(24 * len(past)),
    };
    let mut least: Option<(usize, f64, f64)> = None;
    for (hour, count) in now.iter().enumerate() {
        let before: f64 = alike.iter().map(|past| f64::from(past.counts.hours[hour])).sum();
        let shape = before + mean;
        let usual = shape / (real(len(&alike)) + 1.0);
        // The rate varies by day, and is not known exactly either.
        let varies = if unknown { varies } else { varies + 1.0 / shape };
        let count = u64::from(*count);
        let matters =
            count >= terms::LEAST_BURST && real(count) >= terms::TIMES_USUAL * usual;
        let p = if matters { negative_binomial(count, usual, varies) } else { 1.0 };
        if least.is_none_or(|(_, _, least)| p < least) {
            least = Some((hour, usual, p));
        }
    }
    let (hour, usual, p) = least?;
    // One of 24 hours was chosen.
    let p = (p * real(24)).min(1.0);
    let count = Count { seen: u64::from(now[hour]), of: len(&alike) };
    let in_hour = |one: &&&Seen| {
        one.is_active() && usize::try_from(clock_time(one.given_at()).hour()) == Ok(hour)
    };
    let evidence = || seen.iter().filter(in_hour).map(|one| one.rating).collect();
    let test = Test::new(Kind::Burst, p, count, usual, evidence);
    Some(Test { detail: u64::try_from(hour).unwrap_or_default(), ..test })
}

fn len<T>(days: &[T]) -> u64 {
    u64::try_from(days.len()).unwrap_or(u64::MAX)
}

/// The days that a day is compared with: working days with working days, and of these the same weekday if
/// there are enough. A Saturday made up for a holiday (调休) is a working day like any other.
fn alike<'a>((day, working): (Date, bool), past: &'a [Past]) -> Vec<&'a Past> {
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
