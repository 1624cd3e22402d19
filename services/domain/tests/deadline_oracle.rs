//! Deadlines against a deliberately naive recount: workdays as an independent fixture lists them,
//! Guangxi's and Xinjiang's own days as written out here, and counting on fingers.

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

/// The nation, Guangxi and a county of it, a county of Xinjiang, and one elsewhere.
const REGIONS: [&str; 5] = ["000000", "450000", "450102", "652301", "370687"];

/// Guangxi's days as its notices give them: `-` off, `w` worked.
const GUANGXI: &str = "
    2014-04-02- 2014-04-03- 2015-04-20- 2015-04-21- 2016-04-08- 2016-04-11-
    2017-03-30- 2017-03-31- 2017-04-01- 2017-04-08w 2018-04-15w 2018-04-18- 2018-04-19- 2018-04-20-
    2019-04-04- 2019-04-08- 2021-04-14- 2021-04-15- 2021-04-16- 2021-04-18w 2022-04-02- 2022-04-06-
    2023-04-21- 2023-04-22- 2023-04-23- 2024-04-11- 2024-04-12- 2025-03-31- 2025-04-01-
    2026-04-17- 2026-04-20-";

/// Xinjiang's, by its notices and, where there is none, as far as can be said.
const XINJIANG: &str = "
    2012-10-26- 2013-08-08- 2013-10-15- 2013-10-16- 2013-10-17- 2014-07-28- 2014-09-28- 2014-10-08-
    2014-10-11- 2015-07-17- 2015-09-23- 2015-09-24- 2015-09-25- 2016-07-06- 2016-09-10w 2016-09-12-
    2016-09-13- 2016-09-14- 2017-09-01- 2018-06-15- 2018-08-21- 2018-08-22- 2018-08-23- 2019-06-04-
    2019-08-12- 2019-08-13- 2020-07-31- 2021-05-13- 2021-07-20- 2021-07-21- 2021-07-22- 2022-05-05-
    2022-07-11- 2022-07-12- 2022-07-13- 2023-04-21- 2023-06-28- 2023-06-29- 2023-06-30- 2024-04-10-
    2024-06-17- 2024-06-18- 2025-03-31- 2025-06-06- 2025-06-09- 2025-06-10- 2026-03-20- 2026-05-27-
    2026-05-28- 2026-05-29- 2024-06-19-";

/// What a notice not known may move, from and to.
const GUANGXI_OPEN: [(&str, &str); 1] = [("2026-04-11", "2026-04-26")];
const XINJIANG_OPEN: [(&str, &str); 21] = [
    ("2012-08-11", "2012-08-26"),
    ("2012-10-20", "2012-11-04"),
    ("2013-10-12", "2013-10-20"),
    ("2014-07-19", "2014-08-03"),
    ("2015-07-11", "2015-07-26"),
    ("2015-09-19", "2015-10-04"),
    ("2016-07-02", "2016-07-10"),
    ("2017-06-17", "2017-07-02"),
    ("2017-08-26", "2017-09-10"),
    ("2018-06-09", "2018-06-24"),
    ("2018-08-18", "2018-08-26"),
    ("2019-06-01", "2019-06-09"),
    ("2019-08-03", "2019-08-18"),
    ("2020-05-16", "2020-05-31"),
    ("2020-07-25", "2020-08-09"),
    ("2021-05-08", "2021-05-16"),
    ("2021-07-17", "2021-07-25"),
    ("2024-04-06", "2024-04-14"),
    ("2024-06-08", "2024-06-23"),
    ("2026-03-14", "2026-03-29"),
    ("2026-05-23", "2026-06-07"),
];

/// What the notice for 2027 may move.
const YEAR_END: [(&str, &str); 1] = [("2026-12-29", "2026-12-31")];

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
    let own = match &region[..2] {
        "45" => GUANGXI,
        "65" => XINJIANG,
        _ => "",
    };
    let mut days = own.split_whitespace();
    let own = days.find_map(|written| written.strip_prefix(&day.to_string()));
    own.map_or_else(|| WORKDAYS[&day], |mark| mark == "w")
}

/// Whether a notice not known may move a day from `first` to `last`.
fn is_open(region: &str, first: Date, last: Date) -> bool {
    let own = match &region[..2] {
        "45" => &GUANGXI_OPEN[..],
        "65" => &XINJIANG_OPEN[..],
        _ => &[],
    };
    own.iter().chain(&YEAR_END).any(|(from, to)| {
        let (from, to): (Date, Date) = (from.parse().unwrap(), to.parse().unwrap());
        first <= to && from <= last
    })
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
        subject: "feed_back_clear".to_owned(),
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
        // Days off move no count of calendar days, announced or not.
        let open = unit == DayUnit::Working && is_open(region, day, deadline.due_on);
        prop_assert_eq!(deadline.provisional, open);
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
