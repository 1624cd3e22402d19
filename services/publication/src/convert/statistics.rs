//! Figures: rates, and counts by level.

use domain::{level::Level, statistics::Rate};
use platform::convert::level_to_wire;
use proto::publication::v1 as wire;

pub(crate) fn rate_to_wire(rate: Rate) -> wire::Rate {
    wire::Rate { numerator: rate.numerator, denominator: rate.denominator }
}

/// Counts by level on the wire, best first, always five.
pub(crate) fn levels_to_wire(counts: [u64; 5]) -> Vec<wire::LevelCount> {
    let name = |level| level_to_wire(level).as_str_name().trim_start_matches("LEVEL_").to_owned();
    Level::ALL
        .into_iter()
        .zip(counts)
        .map(|(level, count)| wire::LevelCount { level: name(level), count })
        .collect()
}
