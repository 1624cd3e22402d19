//! What an operator sees of publication: what the platforms above do not have yet, and what the robot proves.

use std::collections::BTreeMap;

use domain::canary::MAX_PROOF_MINUTES;
use platform::{
    status::Failure,
    telemetry::metrics::{
        Reading,
        table::{
            CHANNEL, EXCHANGE_AGE, EXCHANGE_WAITING, LEVEL, PLATFORM, PRODUCER, PROOF_AGE,
            RECORDS_HELD, name_of,
        },
    },
};
use proto::r#type::v1::{Channel, Level};

use crate::{
    config::Upstream,
    entity::canary_proof,
    state::Publication,
    store::{
        canary,
        exchange::{
            self,
            key::LaneKey,
            levels, links,
            national::lag::{self, Waiting},
        },
    },
};

/// The levels, and what has none.
const LEVELS: [Level; 6] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
    Level::Unspecified,
];

/// Reads it.
///
/// # Errors
/// If the store fails.
pub async fn look(publication: Publication) -> Result<Vec<Reading>, Failure> {
    let read = publication.store.read();
    let now = publication.shell.clock.now().as_microsecond();
    let mut readings = Vec::new();
    if let Some(upstream) = publication.upstream.as_deref() {
        readings.extend(upper(&publication, upstream, now).await?);
    }
    if publication.national.is_some() {
        readings.extend(national(&lag::waiting(read).await?, now));
    }
    let held: u64 = lag::held(read).await?.iter().map(|(_, n, _)| n.unsigned_abs()).sum();
    readings.push(Reading::count(&RECORDS_HELD, held));
    readings.extend(proved(&canary::all(read).await?, now));
    Ok(readings)
}

/// How old the last proof of each level is, by channels that a robot rates by: that of the region where it is
/// oldest. A level that was never proved is a week old; a channel without any proof for a week has no robot any
/// more.
fn proved(rows: &[canary_proof::Model], now: i64) -> Vec<Reading> {
    let week = u64::from(MAX_PROOF_MINUTES) * 60;
    let age = |row: &canary_proof::Model| (now - row.given_at).max(0).unsigned_abs() / 1_000_000;
    let mut ages: BTreeMap<(&str, i16), BTreeMap<i16, u64>> = BTreeMap::new();
    for row in rows {
        ages.entry((&row.region_code, row.channel)).or_default().insert(row.level, age(row));
    }
    ages.retain(|_, of| of.values().any(|age| *age <= week));
    let mut oldest: BTreeMap<(i16, Level), u64> = BTreeMap::new();
    for ((_, channel), of) in ages {
        for level in LEVELS.into_iter().filter(|level| *level != Level::Unspecified) {
            let number = i16::try_from(i32::from(level)).unwrap_or_default();
            let age = of.get(&number).copied().unwrap_or(week);
            let known = oldest.entry((channel, level)).or_default();
            *known = age.max(*known);
        }
    }
    let reading = |((channel, level), age): ((i16, Level), u64)| {
        let channel = Channel::try_from(i32::from(channel)).unwrap_or_default();
        let channel = name_of(channel.as_str_name(), "CHANNEL_");
        let level = name_of(level.as_str_name(), "LEVEL_");
        Reading::count(&PROOF_AGE, age).with(CHANNEL, channel).with(LEVEL, level)
    };
    oldest.into_iter().map(reading).collect()
}

async fn upper(
    publication: &Publication,
    upstream: &Upstream,
    now: i64,
) -> Result<Vec<Reading>, Failure> {
    let (read, mut readings) = (publication.store.read(), Vec::new());
    for (producer, _) in &upstream.producers {
        let key = LaneKey::own(producer);
        let end = exchange::lane(read, &key).await?.map_or(0, |lane| lane.position);
        let after = links::of(read, &key).await?.position.min(end);
        readings.push(waiting("upper", producer, (end - after).unsigned_abs()));
        let waits = match after < end {
            true => levels::after(read, &key, after).await?,
            false => Vec::new(),
        };
        for level in LEVELS {
            let number = i16::try_from(i32::from(level)).unwrap_or_default();
            let some = waits.iter().any(|(one, n)| *one == number && *n > 0);
            let first = match some {
                true => exchange::rated_after(read, &key, (after, number)).await?,
                false => None,
            };
            readings.push(lag_of("upper", producer, level, first, now));
        }
    }
    Ok(readings)
}

fn national(rows: &[Waiting], now: i64) -> Vec<Reading> {
    let all: u64 = rows.iter().map(|row| row.n.unsigned_abs()).sum();
    let mut readings = vec![waiting("national", "", all)];
    for level in LEVELS {
        let row = rows.iter().find(|row| i32::from(row.level) == i32::from(level));
        readings.push(lag_of("national", "", level, row.and_then(|row| row.oldest), now));
    }
    readings
}

fn waiting(platform: &'static str, producer: &'static str, n: u64) -> Reading {
    let waiting = Reading::count(&EXCHANGE_WAITING, n);
    waiting.with(PLATFORM, platform).with(PRODUCER, producer)
}

fn lag_of(
    platform: &'static str,
    producer: &'static str,
    level: Level,
    first: Option<i64>,
    now: i64,
) -> Reading {
    let age = first.map_or(0, |first| (now - first).max(0).unsigned_abs() / 1_000_000);
    let level = match level {
        Level::Unspecified => "none".to_owned(),
        level => name_of(level.as_str_name(), "LEVEL_"),
    };
    let lag = Reading::count(&EXCHANGE_AGE, age).with(PLATFORM, platform);
    lag.with(PRODUCER, producer).with(LEVEL, level)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn s07_a_level_that_is_never_proved_is_a_week_old_and_a_robot_that_went_is_not_missed() {
        const NOW: i64 = 1_800_000_000_000_000;
        let row =
            |region: &str, channel: Channel, level: Level, seconds: i64| canary_proof::Model {
                region_code: region.to_owned(),
                channel: i16::try_from(i32::from(channel)).unwrap(),
                level: i16::try_from(i32::from(level)).unwrap(),
                rating_id: Uuid::nil(),
                given_at: NOW - seconds * 1_000_000,
                counted_at: NOW,
                fact_position: 1,
            };
        let all = |region: &'static str, seconds: i64| {
            let levels = LEVELS.into_iter().filter(|level| *level != Level::Unspecified);
            levels.map(move |level| row(region, Channel::App, level, seconds))
        };
        let mut rows: Vec<_> = all("652301", 30).chain(all("652302", 90)).collect();
        rows.push(row("652301", Channel::Portal, Level::Satisfied, 20));
        rows.push(row("652301", Channel::WindowCode, Level::Satisfied, 8 * 24 * 3_600));
        let shown = proved(&rows, NOW);
        let ages: Vec<f64> = shown.iter().map(|reading| reading.value().1).collect();
        // The portal's come first, and only one of them was proved; nobody rates by the window's code now.
        let never = 604_800.0;
        assert_eq!(ages, [never, 20.0, never, never, never, 90.0, 90.0, 90.0, 90.0, 90.0]);
    }
}
