//! The shipped calendar documents.

use domain::{calendar::Calendar, source::Source};

macro_rules! years {
    ($($year:literal)+) => {
        [$(Source {
            file: concat!($year, ".toml"),
            text: include_str!(concat!("../../calendars/", $year, ".toml")),
        }),+]
    };
}

/// The years with a notice.
const YEARS: [Source<'static>; 8] = years![2019 2020 2021 2022 2023 2024 2025 2026];

/// The statutory days of the years without one.
const STATUTORY: Source<'static> =
    Source { file: "statutory.toml", text: include_str!("../../calendars/statutory.toml") };

/// The calendar as shipped.
pub fn calendar() -> Calendar {
    Calendar::parse(&YEARS, STATUTORY).unwrap()
}
