//! What regions add to the nation's calendar, and what their documents must not contain.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;

use std::sync::LazyLock;

use domain::{
    calendar::{Calendar, DayKind, OutOfRange},
    deadline::{DayUnit, Deadline, DeadlineRule},
    source::Source,
};
use jiff::civil::{Date, date};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendars::calendar);

const NOTICE_2021: &str = "广西壮族自治区人民政府办公厅关于2021年“壮族三月三”放假的通知";

fn day(region: &str, day: Date) -> DayKind {
    CALENDAR.of(region).day(day).unwrap()
}

fn due(region: &str, days: u32, event_at: &str) -> Deadline {
    let rule = DeadlineRule {
        subject: "feed_back_clear".to_owned(),
        event: "rating_received".to_owned(),
        days,
        unit: DayUnit::Working,
        clause: "四（一）".to_owned(),
    };
    rule.due(event_at.parse().unwrap(), &CALENDAR.of(region)).unwrap()
}

/// Every day from 2004 to 2026 that is another in a region than in the nation, with whether people
/// work on it there.
fn differing(region: &str) -> Vec<(Date, bool)> {
    let region = CALENDAR.of(region);
    date(2004, 1, 1)
        .series(jiff::Span::new().days(1))
        .take_while(|day| day.year() < 2027)
        .filter_map(|day| {
            let there = region.day(day).unwrap().working;
            (CALENDAR.day(day).unwrap().working != there).then_some((day, there))
        })
        .collect()
}

// ── Guangxi ───────────────────────────────────────────────────────────────────────────────────────

#[test]
fn t04_guangxis_days_are_those_of_its_notices() {
    let expected = [
        (date(2014, 4, 2), false),
        (date(2014, 4, 3), false),
        (date(2015, 4, 20), false),
        (date(2015, 4, 21), false),
        (date(2016, 4, 8), false),
        (date(2016, 4, 11), false),
        (date(2017, 3, 30), false),
        (date(2017, 3, 31), false),
        // The nation's make-up workday is off there, and another day is worked.
        (date(2017, 4, 1), false),
        (date(2017, 4, 8), true),
        (date(2018, 4, 15), true),
        (date(2018, 4, 18), false),
        (date(2018, 4, 19), false),
        (date(2018, 4, 20), false),
        (date(2019, 4, 4), false),
        (date(2019, 4, 8), false),
        // Nothing in 2020: the epidemic.
        (date(2021, 4, 14), false),
        (date(2021, 4, 15), false),
        (date(2021, 4, 16), false),
        (date(2021, 4, 18), true),
        (date(2022, 4, 2), false),
        (date(2022, 4, 6), false),
        (date(2023, 4, 21), false),
        (date(2023, 4, 23), false),
        (date(2024, 4, 11), false),
        (date(2024, 4, 12), false),
        (date(2025, 3, 31), false),
        (date(2025, 4, 1), false),
        // Not announced, and provisional.
        (date(2026, 4, 17), false),
        (date(2026, 4, 20), false),
    ];
    assert_eq!(differing("450000"), expected);
}

#[test]
fn t04_a_regions_days_hold_in_all_of_it_and_nowhere_else() {
    let sunday = date(2021, 4, 18);
    for inside in ["450000", "450100", "450102", "450102001", "450102001002", "450102000000"] {
        assert!(day(inside, sunday).working, "{inside}");
        assert_eq!(differing(inside), differing("450000"), "{inside}");
    }
    for outside in ["000000", "440000", "370687", "460000", "", "广西", "45", "4501020"] {
        assert!(!day(outside, sunday).working, "{outside}");
        assert_eq!(differing(outside), [], "{outside}");
    }
    assert!(!CALENDAR.day(sunday).unwrap().working);
    assert!(!CALENDAR.of("450102").of("370687").day(sunday).unwrap().working);
}

#[test]
fn t04_a_regions_day_names_its_document_and_every_day_of_the_year_both() {
    let both = format!("国办发明电〔2020〕27号；{NOTICE_2021}");
    for (of, working, reason) in [
        (date(2021, 4, 14), false, format!("壮族三月三（{NOTICE_2021}）")),
        (date(2021, 4, 18), true, format!("壮族三月三调休上班（{NOTICE_2021}）")),
        (date(2021, 4, 19), true, "工作日".to_owned()),
        (date(2021, 10, 1), false, "国庆节".to_owned()),
    ] {
        let document = Some(both.clone());
        let expected = DayKind { working, reason, document, provisional: false };
        assert_eq!(day("450102", of), expected, "{of}");
    }
}

#[test]
fn t04_a_deadline_in_a_region_counts_its_days_and_names_its_document() {
    // Monday; 14, 15 and 16 April are off, Sunday the 18th is worked.
    let there = due("450102", 5, "2021-04-12T02:00:00Z");
    let nation = due("370687", 5, "2021-04-12T02:00:00Z");
    assert_eq!((nation.due_on, there.due_on), (date(2021, 4, 19), date(2021, 4, 21)));
    assert_eq!(there.calendar_version, format!("国办发明电〔2020〕27号；{NOTICE_2021}"));
    assert!(!there.provisional);
    let counted: Vec<Date> =
        there.derivation.iter().filter(|d| d.counted_as.is_some()).map(|d| d.date).collect();
    let expected = [(4, 13), (4, 18), (4, 19), (4, 20), (4, 21)];
    assert_eq!(counted, expected.map(|(month, day)| date(2021, month, day)));
    assert!(there.derivation[6].reason.contains(NOTICE_2021));
    // At once, on the region's Sunday of work.
    assert_eq!(due("450102", 0, "2021-04-18T02:00:00Z").due_on, date(2021, 4, 18));
    assert_eq!(due("370687", 0, "2021-04-18T02:00:00Z").due_on, date(2021, 4, 19));
}

// ── Xinjiang ──────────────────────────────────────────────────────────────────────────────────────

#[test]
fn t04_xinjiangs_days_are_those_of_its_notices() {
    let announced: Vec<_> = differing("652301")
        .into_iter()
        .filter(|(date, _)| !day("652301", *date).provisional)
        .collect();
    let expected = [
        (date(2013, 8, 8), false),
        // The nation's make-up workdays are off there.
        (date(2014, 9, 28), false),
        (date(2014, 10, 8), false),
        (date(2014, 10, 11), false),
        (date(2016, 9, 10), true),
        (date(2016, 9, 12), false),
        (date(2016, 9, 13), false),
        (date(2016, 9, 14), false),
        (date(2022, 5, 5), false),
        (date(2022, 7, 11), false),
        (date(2022, 7, 12), false),
        (date(2022, 7, 13), false),
        (date(2023, 4, 21), false),
        (date(2023, 6, 28), false),
        (date(2023, 6, 29), false),
        (date(2023, 6, 30), false),
        (date(2025, 3, 31), false),
        (date(2025, 6, 6), false),
        (date(2025, 6, 9), false),
        (date(2025, 6, 10), false),
    ];
    assert_eq!(announced, expected);
    assert_eq!(differing("659001"), differing("650000"));
}

#[test]
fn t04_a_deadline_in_xinjiang_counts_its_days_and_names_its_notice() {
    let there = due("652301", 5, "2025-06-03T02:00:00Z");
    assert_eq!(due("370687", 5, "2025-06-03T02:00:00Z").due_on, date(2025, 6, 10));
    assert_eq!(there.due_on, date(2025, 6, 13));
    assert!(!there.provisional);
    let notice = "新疆维吾尔自治区人民政府办公厅关于2025年节假日放假和冬夏季作息时间安排的通知";
    assert_eq!(there.calendar_version, format!("国办发明电〔2024〕12号；{notice}"));
    assert_eq!(there.derivation[3].reason, format!("古尔邦节（{notice}）"));
}

/// 肉孜节 and 古尔邦节 by the Umm al-Qura calendar, of the years of which no notice is known.
const WITHOUT_A_NOTICE: [(i16, i8, i8); 20] = [
    (2012, 8, 19),
    (2012, 10, 26),
    (2013, 10, 15),
    (2014, 7, 28),
    (2015, 7, 17),
    (2015, 9, 23),
    (2016, 7, 6),
    (2017, 6, 25),
    (2017, 9, 1),
    (2018, 6, 15),
    (2018, 8, 21),
    (2019, 6, 4),
    (2019, 8, 11),
    (2020, 5, 24),
    (2020, 7, 31),
    (2021, 5, 13),
    (2021, 7, 20),
    (2024, 4, 10),
    (2024, 6, 16),
    (2026, 5, 27),
];

#[test]
fn t04_every_day_a_holiday_of_xinjiang_may_fall_on_is_provisional_without_its_notice() {
    for (year, month, of) in WITHOUT_A_NOTICE.into_iter().chain([(2026, 3, 20)]) {
        let astronomical = date(year, month, of);
        for days in [-1, 0, 1] {
            let possible = astronomical.checked_add(jiff::Span::new().days(days)).unwrap();
            let there = day("652301", possible);
            assert!(there.provisional, "{possible}");
            assert!(there.reason.ends_with("放假安排未公布）"), "{possible}: {}", there.reason);
            assert!(!day("370687", possible).provisional, "{possible}");
        }
    }
}

#[test]
fn t04_a_deadline_over_a_holiday_of_xinjiang_without_a_notice_is_provisional() {
    let there = due("652301", 5, "2026-03-16T02:00:00Z");
    assert_eq!(due("370687", 5, "2026-03-16T02:00:00Z").due_on, date(2026, 3, 23));
    assert_eq!(there.due_on, date(2026, 3, 24));
    assert!(there.provisional);
    assert_eq!(there.calendar_version, "国办发明电〔2025〕7号；暂定");
    assert_eq!(there.derivation[4].reason, "肉孜节（肉孜节放假安排未公布）");
    // Beside the holiday the year is as certain as the nation's.
    let beside = due("652301", 5, "2026-02-02T02:00:00Z");
    assert_eq!(beside.due_on, due("370687", 5, "2026-02-02T02:00:00Z").due_on);
    assert!(!beside.provisional);
    // Before 2012 the days were not everybody's.
    assert_eq!(day("652301", date(2011, 11, 7)), day("370687", date(2011, 11, 7)));
}

// ── What is not announced ─────────────────────────────────────────────────────────────────────────

#[test]
fn t04_days_a_region_has_not_announced_are_provisional_there_and_say_so() {
    let there = due("450102", 5, "2026-04-13T02:00:00Z");
    assert!(there.provisional);
    assert_eq!(there.calendar_version, "国办发明电〔2025〕7号；暂定");
    assert_eq!(there.derivation[1].reason, "工作日（壮族三月三放假安排未公布）");
    assert_eq!(there.derivation[4].reason, "壮族三月三（壮族三月三放假安排未公布）");
    // Friday the 17th and Monday the 20th are off, as far as can be said.
    let nation = due("370687", 5, "2026-04-13T02:00:00Z");
    assert_eq!((nation.due_on, there.due_on), (date(2026, 4, 20), date(2026, 4, 22)));
    assert!(!nation.provisional);
    assert_eq!(nation.calendar_version, "国办发明电〔2025〕7号");
    // What the notice cannot move is not open.
    assert!(!due("450102", 5, "2026-03-02T02:00:00Z").provisional);
    assert!(!due("450102", 5, "2025-12-29T02:00:00Z").provisional);
    // A year without its own days is announced: nothing is open.
    assert!(!due("450102", 5, "2020-03-23T02:00:00Z").provisional);
    // Before its first year the region had no days of its own.
    assert!(!due("450102", 5, "2013-04-08T02:00:00Z").provisional);
    let before = day("450102", date(2013, 12, 31));
    assert_eq!(before.document.as_deref(), Some("国办发明电〔2012〕33号"));
}

#[test]
fn t04_a_year_a_region_says_nothing_of_is_provisional_there_all_of_it() {
    let year = |year: i16| {
        format!("year = {year}\nnotice = \"通知\"\ndocument = \"国 {year}\"\nholiday = []\n")
    };
    let years = [2025, 2026].map(year);
    let years = years.each_ref().map(|text| Source { file: "year.toml", text });
    let statutory = Source { file: "statutory.toml", text: "source = \"办法\"\nyear = []\n" };
    let overlay = overlay("100000", 2025, "\"2025-03-03\"", "");
    let overlay = Source { file: "overlay.toml", text: &overlay };
    let calendar = Calendar::parse(&years, statutory).unwrap().with_overlays(&[overlay]).unwrap();
    let there = calendar.of("100000").day(date(2026, 8, 3)).unwrap();
    assert!(there.provisional);
    assert_eq!(there.reason, "工作日（地区放假安排未公布）");
    assert!(!calendar.of("100000").day(date(2025, 8, 4)).unwrap().provisional);
    assert!(!calendar.of("110000").day(date(2026, 8, 3)).unwrap().provisional);
}

#[test]
fn t04_a_region_ends_where_the_nations_calendar_ends() {
    let region = CALENDAR.of("450102");
    assert_eq!(region.day(date(2003, 12, 31)), Err(OutOfRange { year: 2003 }));
    assert_eq!(region.day(date(2036, 1, 1)), Err(OutOfRange { year: 2036 }));
    assert!(region.day(date(2030, 1, 1)).unwrap().provisional);
}

// ── Documents ─────────────────────────────────────────────────────────────────────────────────────

/// The nation's 2026 with one holiday, 1 to 3 January, and the make-up workday 4 January.
fn nation() -> Calendar {
    let year = "year = 2026\nnotice = \"通知\"\ndocument = \"国\"\n[[holiday]]\nname = \"元旦\"\n\
                days = [\"2026-01-01\", \"2026-01-02\", \"2026-01-03\"]\n\
                workdays = [\"2026-01-04\"]\n";
    let statutory = "source = \"办法\"\n[[year]]\nyear = 2027\ndays = [\"2027-01-01\"]\n";
    let year = Source { file: "2026.toml", text: year };
    Calendar::parse(&[year], Source { file: "statutory.toml", text: statutory }).unwrap()
}

/// An overlay; its days are on line 7, its make-up workdays on line 8.
fn overlay(region: &str, year: i16, days: &str, workdays: &str) -> String {
    format!(
        "region = \"{region}\"\nyear = {year}\nnotice = \"通知\"\ndocument = \"地 {region}\"\n\
         [[holiday]]\nname = \"节日\"\ndays = [{days}]\nworkdays = [{workdays}]\n"
    )
}

fn with(overlays: &[String]) -> Result<Calendar, String> {
    let sources: Vec<_> =
        overlays.iter().map(|text| Source { file: "overlay.toml", text }).collect();
    nation().with_overlays(&sources).map_err(|error| error.to_string())
}

fn refusal(overlays: &[String]) -> String {
    with(overlays).unwrap_err()
}

#[test]
fn t04_the_nearest_region_has_the_last_word() {
    let city = overlay("100100", 2026, "\"2026-03-03\"", "\"2026-03-02\"");
    let province = overlay("100000", 2026, "\"2026-03-02\", \"2026-03-04\"", "");
    // Given in any order: what is above comes first.
    for overlays in [[city.clone(), province.clone()], [province, city]] {
        let calendar = with(&overlays).unwrap();
        let days = |region: &str| {
            let region = calendar.of(region);
            [2, 3, 4].map(|n| region.day(date(2026, 3, n)).unwrap().working)
        };
        assert_eq!(days("100100"), [true, false, false]);
        assert_eq!(days("100101"), [true, false, false]);
        assert_eq!(days("100200"), [false, true, false]);
        assert_eq!(days("110000"), [true, true, true]);
        let there = calendar.of("100101").day(date(2026, 3, 2)).unwrap();
        assert_eq!(there.reason, "节日调休上班（地 100100）");
        assert_eq!(there.document.as_deref(), Some("国；地 100000；地 100100"));
    }
}

#[test]
fn t04_a_region_may_turn_the_nations_make_up_workday_and_day_off_around() {
    let calendar = with(&[overlay("100000", 2026, "\"2026-01-04\"", "\"2026-01-02\"")]).unwrap();
    let there = calendar.of("100000");
    assert!(!there.day(date(2026, 1, 4)).unwrap().working);
    assert!(there.day(date(2026, 1, 2)).unwrap().working);
    assert!(calendar.day(date(2026, 1, 4)).unwrap().working);
}

#[test]
fn t04_overlays_can_be_added_in_a_year_without_a_notice_and_later() {
    let of_2027 = overlay("100000", 2027, "\"2027-03-03\"", "");
    let calendar = with(std::slice::from_ref(&of_2027)).unwrap();
    let day = calendar.of("100000").day(date(2027, 3, 3)).unwrap();
    assert!(!day.working && day.provisional);
    assert_eq!(day.document.as_deref(), Some("地 100000"));
    assert!(!calendar.of("100000").day(date(2026, 3, 3)).unwrap().provisional);
    let earlier = overlay("100000", 2026, "\"2026-03-03\"", "");
    let earlier = Source { file: "overlay.toml", text: &earlier };
    let calendar = calendar.with_overlays(&[earlier]).unwrap();
    assert!(!calendar.of("100000").day(date(2026, 3, 3)).unwrap().working);
    assert!(!calendar.of("100000").day(date(2027, 3, 3)).unwrap().working);
}

#[test]
fn t04_a_wrong_overlay_is_refused_with_file_line_and_reason() {
    let of = |region, year, days, workdays| refusal(&[overlay(region, year, days, workdays)]);
    for (said, why) in [
        (of("100000", 2026, "\"2027-03-03\"", ""), "7: 2027-03-03 is not in 2026"),
        (of("100000", 2026, "\"三月三\"", ""), "7: \"三月三\" is not a date (YYYY-MM-DD)"),
        (
            of("100000", 2026, "", "\"2026-03-03\""),
            "8: 2026-03-03 is a workday anyway, it cannot be a make-up one",
        ),
        (
            // Also if the nation makes people work on it.
            of("100000", 2026, "", "\"2026-01-04\""),
            "8: 2026-01-04 is a workday anyway, it cannot be a make-up one",
        ),
        (
            of("100000", 2026, "\"2026-03-07\"", "\"2026-03-07\""),
            "8: 2026-03-07 cannot be a day off and a make-up workday",
        ),
        (of("000000", 2026, "", ""), "1: the nation's own year is no overlay"),
        (of("1000", 2026, "", ""), "1: a division code has 6, 9 or 12 digits"),
        (of("100000", 2036, "", ""), "1: there is no work calendar for 2036"),
    ] {
        assert_eq!(said, format!("overlay.toml:{why}"));
    }
    let unannounced = |span: &str| {
        refusal(&[format!(
            "region = \"100000\"\nyear = 2026\n[[unannounced]]\nname = \"节日\"\n{span}\n\
             source = \"推算\"\n"
        )])
    };
    for (span, why) in [
        (
            "from = \"2026-03-03\"\nto = \"2026-03-02\"\ndays = []",
            "6: 2026-03-02 is before 2026-03-03",
        ),
        (
            "from = \"2026-03-02\"\nto = \"2026-03-03\"\ndays = [\"2026-03-04\"]",
            "7: 2026-03-04 is not from 2026-03-02 to 2026-03-03",
        ),
        ("from = \"2025-12-31\"\nto = \"2026-01-01\"\ndays = []", "5: 2025-12-31 is not in 2026"),
    ] {
        assert_eq!(unannounced(span), format!("overlay.toml:{why}"));
    }
    let of_a_notice = "overlay.toml:1: a notice has `document` and `holiday`, or there is none";
    let head = "region = \"100000\"\nyear = 2026\n";
    assert_eq!(refusal(&[format!("{head}document = \"号\"\n")]), of_a_notice);
    assert_eq!(refusal(&[format!("{head}holiday = []\n")]), of_a_notice);
    let nothing = "overlay.toml:1: neither a notice nor anything `unannounced`";
    assert_eq!(refusal(&[head.to_owned()]), nothing);
    let said = refusal(&[overlay("100000", 2026, "", "") + "half_days = []\n"]);
    assert!(said.starts_with("overlay.toml:9: unknown field `half_days`"), "{said}");
}

#[test]
fn t04_a_region_and_year_are_given_once() {
    let city = overlay("100100", 2026, "\"2026-03-03\"", "");
    let padded = overlay("100100000000", 2026, "\"2026-03-04\"", "");
    let other_year = overlay("100100", 2027, "\"2027-03-03\"", "");
    let other_region = overlay("100200", 2026, "\"2026-03-03\"", "");
    assert!(with(&[city.clone(), other_year, other_region]).is_ok());
    let said = refusal(&[city, padded]);
    assert_eq!(said, "overlay.toml:1: the year 2026 of 100100 is given twice");
}
