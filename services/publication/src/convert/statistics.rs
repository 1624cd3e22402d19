//! Figures: rates, and counts by level.

use domain::{level::Level, statistics::Rate};
use platform::convert::level_to_wire;
use proto::publication::v1 as wire;

pub(crate) fn rate_to_wire(rate: Rate) -> wire::Rate {
    wire::Rate { numerator: rate.numerator, denominator: rate.denominator }
}

/// Counts by level on the wire, best first, always five.
pub(crate) fn levels_to_wire(counts: [u64; 5]) -> Vec<wire::LevelCount> {
    let one = |(level, count)| wire::LevelCount { level: level_to_wire(level).into(), count };
    Level::ALL.into_iter().zip(counts).map(one).collect()
}
