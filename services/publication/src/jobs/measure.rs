//! What an operator sees of publication: what the platforms above do not have yet.

use platform::{
    status::Failure,
    telemetry::metrics::{
        Reading,
        table::{EXCHANGE_AGE, EXCHANGE_WAITING, LEVEL, PLATFORM, PRODUCER, RECORDS_HELD, name_of},
    },
};
use proto::r#type::v1::Level;

use crate::{
    config::Upstream,
    state::Publication,
    store::exchange::{
        self,
        key::LaneKey,
        levels, links,
        national::lag::{self, Waiting},
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
    Ok(readings)
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
