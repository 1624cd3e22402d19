//! Wire and rows to domain and back, where `platform::convert` does not do it already.

use domain::{level::Level, rating::Origin, statistics::Rate};
use jiff::civil::Date;
use platform::{
    clock::instant,
    convert::{Meaningless, level_to_wire, to_wire},
};
use proto::{publication::v1 as wire, r#type::v1 as shared};

use crate::entity::ticket;

/// The day that columns count from.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// A day as columns hold it.
pub(crate) fn day_to_column(day: Date) -> i32 {
    (day - EPOCH).get_days()
}

/// The day of a column.
pub(crate) fn day_of_column(days: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().days(days))
}

/// An origin from the wire or from a column.
pub(crate) fn origin(number: i32) -> Result<Origin, Meaningless> {
    match shared::Origin::try_from(number) {
        Ok(shared::Origin::Active) => Ok(Origin::Active),
        Ok(shared::Origin::Default) => Ok(Origin::Default),
        Ok(shared::Origin::Paper) => Ok(Origin::Paper),
        Ok(shared::Origin::Imported) => Ok(Origin::Imported),
        Ok(shared::Origin::Unspecified) | Err(_) => Err(Meaningless("is no origin")),
    }
}

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

pub(crate) fn outcome_to_wire(row: &ticket::Model) -> wire::Outcome {
    wire::Outcome {
        ticket_id: row.id.to_string(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        level: row.level.into(),
        state: row.state.into(),
        finding: row.finding.into(),
        opened_at: Some(to_wire(instant(row.opened_at))),
        state_at: Some(to_wire(instant(row.state_at))),
    }
}
