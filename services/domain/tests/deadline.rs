//! Deadlines against a naive oracle that looks at one day after the other.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;

use std::sync::LazyLock;

use domain::{
    calendar::{Calendar, OutOfRange},
    deadline::{DayUnit, Deadline, DeadlineRule, day_of},
};
use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, date},
};
use proptest::prelude::*;

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendars::calendar);

const DAY: i64 = 86_400;
const SHANGHAI_SECONDS: i64 = 8 * 3_600;
const MICROSECOND: i64 = 1;

fn rule(days: u32, unit: DayUnit) -> DeadlineRule {
    DeadlineRule {
        subject: "feed_back_clear".to_owned(),
        event: "rating_received".to_owned(),
        days,
        unit,
        clause: "昌市政办发〔2020〕10号 四（一）".to_owned(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn due(days: u32, unit: DayUnit, event_at: Timestamp) -> Deadline {
    rule(days, unit).due(event_at, &CALENDAR).unwrap()
}

/// The day in Shanghai by plain division: days since 1970-01-01.
fn oracle_day(event_at: Timestamp) -> Date {
    let seconds = event_at.as_microsecond().div_euclid(1_000_000) + SHANGHAI_SECONDS;
    date(1970, 1, 1).checked_add(seconds.div_euclid(DAY).days()).unwrap()
}

/// The instant at which `day` begins in Shanghai, by plain multiplication.
fn oracle_midnight(day: Date) -> Timestamp {
    let days = i64::from(date(1970, 1, 1).until(day).unwrap().get_days());
    Timestamp::from_second(days * DAY - SHANGHAI_SECONDS).unwrap()
}

fn counts(day: Date, unit: DayUnit) -> bool {
    unit == DayUnit::Calendar || CALENDAR.day(day).unwrap().working
}

/// The last day: the n-th day that counts after the event's, or at once the first that counts from
/// the event's day on.
fn oracle_due_on(event_day: Date, days: u32, unit: DayUnit) -> Date {
    let mut day = event_day;
    let mut left = days;
    loop {
        let is_event_day = day == event_day;
        if counts(day, unit) && (days == 0 || !is_event_day) {
            left = left.saturating_sub(1);
            if left == 0 {
                return day;
            }
        }
        day = day.tomorrow().unwrap();
    }
}

fn units() -> impl Strategy<Value = DayUnit> {
    prop_oneof![Just(DayUnit::Working), Just(DayUnit::Calendar)]
}

/// Any instant from the first day of 2019 in Shanghai to before the first of `year`.
fn instants_before(year: i16) -> impl Strategy<Value = Timestamp> {
    let from = oracle_midnight(date(2019, 1, 1)).as_microsecond();
    let to = oracle_midnight(date(year, 1, 1)).as_microsecond();
    (from..to).prop_map(|micros| Timestamp::from_microsecond(micros).unwrap())
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn t04_a_deadline_is_the_end_of_the_day_that_counting_day_by_day_reaches(
        event_at in instants_before(2028), days in 0_u32..=40, unit in units(),
    ) {
        let deadline = due(days, unit, event_at);
        let due_on = oracle_due_on(oracle_day(event_at), days, unit);
        prop_assert_eq!(deadline.due_on, due_on);
        prop_assert_eq!(deadline.due_at, oracle_midnight(due_on.tomorrow().unwrap()));
        prop_assert_eq!(deadline.event_at, event_at);
        prop_assert_eq!(deadline.rule, rule(days, unit));
    }

    #[test]
    fn t04_a_derivation_names_every_day_from_the_event_to_the_last_in_order(
        event_at in instants_before(2028), days in 0_u32..=40, unit in units(),
    ) {
        let deadline = due(days, unit, event_at);
        let derivation = &deadline.derivation;
        prop_assert_eq!(day_of(event_at), oracle_day(event_at));
        prop_assert_eq!(derivation[0].date, oracle_day(event_at));
        prop_assert_eq!(derivation.last().unwrap().date, deadline.due_on);
        for pair in derivation.windows(2) {
            prop_assert_eq!(pair[0].date.tomorrow().unwrap(), pair[1].date);
        }
        let length = derivation[0].date.until(deadline.due_on).unwrap().get_days() + 1;
        prop_assert_eq!(i32::try_from(derivation.len()).unwrap(), length);
    }

    #[test]
    fn t04_the_days_that_count_are_numbered_from_one_and_the_last_day_counts(
        event_at in instants_before(2028), days in 0_u32..=40, unit in units(),
    ) {
        let deadline = due(days, unit, event_at);
        let numbers: Vec<u32> = deadline.derivation.iter().filter_map(|d| d.counted_as).collect();
        let expected: Vec<u32> = (1..=days.max(1)).collect();
        prop_assert_eq!(numbers, expected);
        prop_assert!(deadline.derivation.last().unwrap().counted_as.is_some());
        for (n, note) in deadline.derivation.iter().enumerate() {
            let counted = counts(note.date, unit) && (n > 0 || days == 0);
            prop_assert_eq!(note.counted_as.is_some(), counted, "{}", note.date);
        }
    }

    #[test]
    fn t04_adding_working_days_and_counting_them_gives_the_number_again(
        event_at in instants_before(2028), days in 1_u32..=40,
    ) {
        let deadline = due(days, DayUnit::Working, event_at);
        let after_the_event = &deadline.derivation[1..];
        let working = after_the_event.iter().filter(|d| CALENDAR.day(d.date).unwrap().working);
        prop_assert_eq!(u32::try_from(working.count()).unwrap(), days);
    }

    #[test]
    fn t04_a_derivation_gives_the_reason_of_each_day(
        event_at in instants_before(2028), days in 0_u32..=40, unit in units(),
    ) {
        for (n, note) in due(days, unit, event_at).derivation.iter().enumerate() {
            let reason = CALENDAR.day(note.date).unwrap().reason;
            let expected =
                if n == 0 && days > 0 { format!("当日不计（{reason}）") } else { reason };
            prop_assert_eq!(&note.reason, &expected);
        }
    }

    #[test]
    fn t04_working_days_are_provisional_exactly_when_a_day_they_touch_has_no_notice(
        event_at in instants_before(2029), days in 0_u32..=40, unit in units(),
    ) {
        let deadline = due(days, unit, event_at);
        // The last three days of 2026 may yet be moved by the notice of 2027.
        let no_notice = deadline.due_on >= date(2026, 12, 29);
        let touches_no_notice = no_notice && unit == DayUnit::Working;
        prop_assert_eq!(deadline.provisional, touches_no_notice);
        let mut version: Vec<String> = Vec::new();
        for year in oracle_day(event_at).year()..=deadline.due_on.year().min(2026) {
            version.extend(CALENDAR.day(date(year, 1, 1)).unwrap().document);
        }
        if touches_no_notice {
            version.push("暂定".to_owned());
        }
        prop_assert_eq!(deadline.calendar_version, version.join("；"));
    }

    #[test]
    fn t04_a_deadline_is_past_from_the_midnight_after_its_last_day(
        event_at in instants_before(2028), days in 0_u32..=40, unit in units(),
    ) {
        let deadline = due(days, unit, event_at);
        let micros = deadline.due_at.as_microsecond();
        prop_assert!(deadline.is_past(deadline.due_at));
        let later = Timestamp::from_microsecond(micros + MICROSECOND).unwrap();
        prop_assert!(deadline.is_past(later));
        let just_before = Timestamp::from_microsecond(micros - MICROSECOND).unwrap();
        prop_assert!(!deadline.is_past(just_before));
        prop_assert!(!deadline.is_past(event_at));
    }
}

#[test]
fn t04_a_day_begins_at_sixteen_hours_utc() {
    let (before, from) = (at("2026-03-09T15:59:59.999999Z"), at("2026-03-09T16:00:00Z"));
    assert_eq!(day_of(before), date(2026, 3, 9));
    assert_eq!(day_of(from), date(2026, 3, 10));
    assert_eq!(due(5, DayUnit::Working, before).due_on, date(2026, 3, 16));
    assert_eq!(due(5, DayUnit::Working, from).due_on, date(2026, 3, 17));
    assert_eq!(due(0, DayUnit::Working, before).due_at, at("2026-03-09T16:00:00Z"));
    assert_eq!(due(0, DayUnit::Working, from).due_at, at("2026-03-10T16:00:00Z"));
}

#[test]
fn t04_at_once_is_the_end_of_the_same_working_day_or_of_the_next() {
    // 2026-02-14 is a Saturday on which people work; then nine days off.
    for (event_at, due_on, length) in [
        ("2026-02-14T01:00:00Z", date(2026, 2, 14), 1),
        ("2026-02-15T01:00:00Z", date(2026, 2, 24), 10),
        ("2026-02-24T01:00:00Z", date(2026, 2, 24), 1),
    ] {
        let deadline = due(0, DayUnit::Working, at(event_at));
        assert_eq!(deadline.due_on, due_on, "{event_at}");
        assert_eq!(deadline.derivation.len(), length, "{event_at}");
    }
    let on_a_day_off = due(0, DayUnit::Calendar, at("2026-02-15T01:00:00Z"));
    assert_eq!(on_a_day_off.due_on, date(2026, 2, 15));
}

#[test]
fn t04_a_deadline_explains_itself_day_by_day() {
    let deadline = due(3, DayUnit::Working, at("2026-09-18T03:00:00Z"));
    let text: Vec<String> = deadline
        .derivation
        .iter()
        .map(|note| {
            let number = note.counted_as.map_or("–".to_owned(), |n| n.to_string());
            format!("{} {number} {}", note.date, note.reason)
        })
        .collect();
    let expected = [
        "2026-09-18 – 当日不计（工作日）",
        "2026-09-19 – 周末",
        "2026-09-20 1 国庆节调休上班",
        "2026-09-21 2 工作日",
        "2026-09-22 3 工作日",
    ];
    assert_eq!(text, expected);
    let seven = due(7, DayUnit::Calendar, at("2026-09-30T03:00:00Z"));
    assert_eq!(seven.due_on, date(2026, 10, 7));
    assert_eq!(seven.derivation[1].counted_as, Some(1));
    assert_eq!(seven.derivation[1].reason, "国庆节");
}

#[test]
fn t04_a_deadline_over_the_end_of_a_year_names_both_notices_each_once() {
    let deadline = due(5, DayUnit::Working, at("2025-12-29T03:00:00Z"));
    assert_eq!(deadline.calendar_version, "国办发明电〔2024〕12号；国办发明电〔2025〕7号");
    assert!(!deadline.provisional);
    // The second of the three gave days to both years.
    let deadline = due(5, DayUnit::Working, at("2018-12-28T03:00:00Z"));
    assert_eq!(
        deadline.calendar_version,
        "国办发明电〔2017〕12号；国办发明电〔2018〕15号；国办发明电〔2019〕3号"
    );
    assert_eq!(deadline.due_on, date(2019, 1, 7));
    let deadline = due(15, DayUnit::Working, at("2026-12-28T03:00:00Z"));
    assert_eq!(deadline.calendar_version, "国办发明电〔2025〕7号；暂定");
    assert!(deadline.provisional);
    let deadline = due(1, DayUnit::Working, at("2027-03-01T03:00:00Z"));
    assert_eq!(deadline.calendar_version, "暂定");
}

#[test]
fn t04_a_deadline_that_leaves_the_calendar_is_refused_with_the_year() {
    let before = rule(5, DayUnit::Working).due(at("2003-12-31T03:00:00Z"), &CALENDAR);
    assert_eq!(before, Err(OutOfRange { year: 2003 }));
    let beyond = rule(5, DayUnit::Calendar).due(at("2035-12-30T03:00:00Z"), &CALENDAR);
    assert_eq!(beyond, Err(OutOfRange { year: 2036 }));
    let last = due(1, DayUnit::Calendar, at("2035-12-30T03:00:00Z"));
    assert_eq!(last.due_at, at("2035-12-31T16:00:00Z"));
}
