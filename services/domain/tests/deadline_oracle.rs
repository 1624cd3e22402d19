//! Deadlines against a deliberately naive recount: workdays as an independent fixture lists them,
//! Guangxi's own days as written out here, and counting on fingers.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;

use std::{collections::BTreeMap, sync::LazyLock};

use domain::{
    calendar::Calendar,
    deadline::{DayUnit, Deadline, DeadlineRule},
};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, date},
};
use proptest::prelude::*;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendars::calendar);
static WORKDAYS: LazyLock<BTreeMap<Date, bool>> = LazyLock::new(fixture);

/// The nation, Guangxi and a county of it, and a county elsewhere.
const REGIONS: [&str; 4] = ["000000", "450000", "450102", "652301"];

/// Guangxi's days as its notices give them: `-` off, `w` worked.
const GUANGXI: &str = "
    2014-04-02- 2014-04-03- 2015-04-20- 2015-04-21- 2016-04-08- 2016-04-11-
    2017-03-30- 2017-03-31- 2017-04-01- 2017-04-08w 2018-04-15w 2018-04-18- 2018-04-19- 2018-04-20-
    2019-04-04- 2019-04-08- 2021-04-14- 2021-04-15- 2021-04-16- 2021-04-18w 2022-04-02- 2022-04-06-
    2023-04-21- 2023-04-22- 2023-04-23- 2024-04-11- 2024-04-12- 2025-03-31- 2025-04-01-";

fn fixture() -> BTreeMap<Date, bool> {
    let months = include_str!("fixtures/workdays-2004-2026.txt");
    let mut days = BTreeMap::new();
    for line in months.lines().filter(|line| !line.starts_with('#')) {
        let (month, marks) = line.split_once(' ').unwrap();
        for (n, mark) in marks.chars().enumerate() {
            days.insert(format!("{month}-{:02}", n + 1).parse().unwrap(), mark == 'w');
        }
    }
    days
}

fn works(region: &str, day: Date) -> bool {
    let own = region.starts_with("45").then(|| {
        let mut days = GUANGXI.split_whitespace();
        days.find_map(|written| written.strip_prefix(&day.to_string())).map(|mark| mark == "w")
    });
    own.flatten().unwrap_or_else(|| WORKDAYS[&day])
}

/// Every day that counts, from the day after the event (or its own day, if at once) on, and then
/// the last one wanted.
fn recount(region: &str, event_day: Date, days: u32, unit: DayUnit) -> Vec<Date> {
    let skipped = if days == 0 { 0 } else { 1 };
    event_day
        .series(1.days())
        .skip(skipped)
        .filter(|day| unit == DayUnit::Calendar || works(region, *day))
        .take(days.max(1) as usize)
        .collect()
}

fn due(region: &str, days: u32, unit: DayUnit, event_at: Timestamp) -> Deadline {
    let rule = DeadlineRule {
        act: "feed_back_clear".to_owned(),
        event: "rating_received".to_owned(),
        days,
        unit,
        clause: "四（一）".to_owned(),
    };
    rule.due(event_at, &CALENDAR.of(region)).unwrap()
}

/// `hour` o'clock of a day in Shanghai.
fn at(day: Date, hour: i8) -> Timestamp {
    format!("{day}T{hour:02}:30:00+08:00").parse().unwrap()
}

/// A day from 2004 on from which 60 working days stay within 2026.
fn event_days() -> impl Strategy<Value = Date> {
    (0_i32..8_280).prop_map(|n| date(2004, 1, 1).checked_add(n.days()).unwrap())
}

fn regions() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&REGIONS[..])
}

fn units() -> impl Strategy<Value = DayUnit> {
    prop_oneof![Just(DayUnit::Working), Just(DayUnit::Calendar)]
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2_048, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn t04_a_deadline_is_what_a_naive_recount_gives(
        region in regions(), day in event_days(), hour in 0_i8..24, days in 0_u32..=60,
        unit in units(),
    ) {
        let deadline = due(region, days, unit, at(day, hour));
        let expected = recount(region, day, days, unit);
        let counted: Vec<(u32, Date)> = deadline
            .derivation
            .iter()
            .filter_map(|note| Some((note.counted_as?, note.date)))
            .collect();
        let numbered: Vec<(u32, Date)> = (1..).zip(expected.iter().copied()).collect();
        prop_assert_eq!(counted, numbered);
        prop_assert_eq!(Some(&deadline.due_on), expected.last());
        let announced = !region.starts_with("45") || deadline.due_on.year() < 2026;
        // Days off move no count of calendar days, announced or not.
        prop_assert_eq!(deadline.provisional, !announced && unit == DayUnit::Working);
    }

    #[test]
    fn t04_a_derivation_leaves_out_no_day(
        region in regions(), day in event_days(), days in 0_u32..=60, unit in units(),
    ) {
        let deadline = due(region, days, unit, at(day, 12));
        let named: Vec<Date> = deadline.derivation.iter().map(|note| note.date).collect();
        let every: Vec<Date> =
            day.series(1.days()).take_while(|day| *day <= deadline.due_on).collect();
        prop_assert_eq!(named, every);
    }

    #[test]
    fn t04_on_the_last_day_it_is_not_past_and_on_the_next_it_is(
        region in regions(), day in event_days(), days in 0_u32..=60, unit in units(),
        hour in 0_i8..24,
    ) {
        let deadline = due(region, days, unit, at(day, 12));
        let next = deadline.due_on.tomorrow().unwrap();
        prop_assert!(!deadline.is_past(at(deadline.due_on.yesterday().unwrap(), hour)));
        prop_assert!(!deadline.is_past(at(deadline.due_on, hour)));
        prop_assert!(deadline.is_past(at(next, hour)));
    }

    #[test]
    fn t04_a_later_event_and_a_longer_limit_are_never_due_earlier(
        region in regions(), day in event_days(), later in 0_i32..40, days in 0_u32..=60,
        longer in 0_u32..10, unit in units(),
    ) {
        let first = due(region, days, unit, at(day, 9)).due_on;
        let later_day = day.checked_add(later.days()).unwrap().min(date(2026, 9, 1));
        prop_assert!(due(region, days, unit, at(later_day.max(day), 9)).due_on >= first);
        prop_assert!(due(region, days + longer, unit, at(day, 9)).due_on >= first);
    }
}

#[test]
fn t04_the_last_days_of_every_year_are_counted_over_into_the_next() {
    for region in REGIONS {
        for year in 2004..=2025 {
            for day in 20..=31 {
                let event = date(year, 12, day);
                for days in [0, 1, 5, 15] {
                    let deadline = due(region, days, DayUnit::Working, at(event, 23));
                    let expected = recount(region, event, days, DayUnit::Working);
                    assert_eq!(Some(&deadline.due_on), expected.last(), "{region} {event} {days}");
                }
            }
        }
    }
}
