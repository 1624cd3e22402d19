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
const YEARS: [Source<'static>; 23] = years![
    2004 2005 2006 2007 2008 2009 2010 2011 2012 2013 2014 2015
    2016 2017 2018 2019 2020 2021 2022 2023 2024 2025 2026
];

/// The statutory days of the years without one.
const STATUTORY: Source<'static> =
    Source { file: "statutory.toml", text: include_str!("../../calendars/statutory.toml") };

macro_rules! overlays {
    ($region:literal: $($year:literal)+) => {
        [$(Source {
            file: concat!($region, "/", $year, ".toml"),
            text: include_str!(concat!("../../calendars/", $region, "/", $year, ".toml")),
        }),+]
    };
}

/// The years in which regions have days of their own, announced or not.
const GUANGXI: [Source<'static>; 13] = overlays![
    "450000": 2014 2015 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025 2026
];
const XINJIANG: [Source<'static>; 15] = overlays![
    "650000": 2012 2013 2014 2015 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025 2026
];

/// The calendar as shipped.
pub fn calendar() -> Calendar {
    calendar_with(&[])
}

/// The calendar as shipped, and more years with a notice.
pub fn calendar_with(more: &[Source<'_>]) -> Calendar {
    let overlays = [&GUANGXI[..], &XINJIANG[..]].concat();
    let years = [&YEARS[..], more].concat();
    Calendar::parse(&years, STATUTORY).unwrap().with_overlays(&overlays).unwrap()
}
