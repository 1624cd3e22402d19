//! The work calendar against an independent one, and what its documents must not contain.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;

use domain::{
    calendar::{Calendar, OutOfRange},
    source::Source,
};
use jiff::civil::{Date, date};

use calendars::{calendar, calendar_with};

const NO_STATUTORY_YEAR: Source<'static> =
    Source { file: "statutory.toml", text: "source = \"办法\"\nyear = []\n" };

/// A document of 2026 with one holiday; its days are on line 7, its make-up workdays on line 8.
fn document(days: &str, workdays: &str) -> String {
    format!(
        "year = 2026\n\
         notice = \"通知\"\n\
         document = \"国办发明电〔2025〕7号\"\n\
         \n\
         [[holiday]]\n\
         name = \"元旦\"\n\
         days = [{days}]\n\
         workdays = [{workdays}]\n"
    )
}

/// What parsing says about one document of a year.
fn refusal(text: &str) -> String {
    let file = "2026.toml";
    Calendar::parse(&[Source { file, text }], NO_STATUTORY_YEAR).unwrap_err().to_string()
}

/// What parsing says about a document of statutory days.
fn statutory_refusal(text: &str) -> String {
    let file = "statutory.toml";
    Calendar::parse(&[], Source { file, text }).unwrap_err().to_string()
}

/// Every day of the independent calendar and whether it is a workday.
fn independent() -> Vec<(Date, bool)> {
    let mut days = Vec::new();
    let months = include_str!("fixtures/workdays-2004-2026.txt");
    for line in months.lines().filter(|line| !line.starts_with('#')) {
        let (month, marks) = line.split_once(' ').unwrap();
        for (n, mark) in marks.chars().enumerate() {
            assert!(matches!(mark, 'w' | '-'), "{line}");
            let day = format!("{month}-{:02}", n + 1).parse().unwrap();
            days.push((day, mark == 'w'));
        }
    }
    days
}

#[test]
fn t04_every_day_from_2004_to_2026_agrees_with_an_independent_calendar() {
    let calendar = calendar();
    let days = independent();
    assert_eq!(days.len(), 8_401);
    assert_eq!(days[0].0, date(2004, 1, 1));
    assert!(days.windows(2).all(|pair| pair[0].0.tomorrow().unwrap() == pair[1].0));
    let differing: Vec<Date> = days
        .into_iter()
        .filter(|(day, working)| calendar.day(*day).unwrap().working != *working)
        .map(|(day, _)| day)
        .collect();
    assert_eq!(differing, []);
}

#[test]
fn t04_every_day_of_a_year_with_a_notice_names_it() {
    let calendar = calendar();
    let mut documents: Vec<(i16, String)> = Vec::new();
    for (day, _) in independent() {
        let named = (day.year(), calendar.day(day).unwrap().document.unwrap());
        if documents.last() != Some(&named) {
            documents.push(named);
        }
    }
    let expected = [
        (2004, "国办发明电〔2003〕53号"),
        (2005, "国办发明电〔2004〕52号；国办发明电〔2005〕35号"),
        (2006, "国办发明电〔2005〕35号；国办发明电〔2006〕49号"),
        (2007, "国办发明电〔2006〕49号；国办发明电〔2007〕52号"),
        (2008, "国办发明电〔2007〕52号"),
        (2009, "国办发明电〔2008〕42号"),
        (2010, "国办发明电〔2009〕27号"),
        (2011, "国办发明电〔2010〕40号；国办发明电〔2011〕45号"),
        (2012, "国办发明电〔2011〕45号"),
        (2013, "国办发明电〔2012〕33号"),
        (2014, "国办发明电〔2013〕28号"),
        (2015, "国办发明电〔2014〕28号；国发明电〔2015〕1号"),
        (2016, "国办发明电〔2015〕18号"),
        (2017, "国办发明电〔2016〕17号"),
        (2018, "国办发明电〔2017〕12号；国办发明电〔2018〕15号"),
        (2019, "国办发明电〔2018〕15号；国办发明电〔2019〕3号"),
        (2020, "国办发明电〔2019〕16号；国办发明电〔2020〕1号"),
        (2021, "国办发明电〔2020〕27号"),
        (2022, "国办发明电〔2021〕11号"),
        (2023, "国办发明电〔2022〕16号"),
        (2024, "国办发明电〔2023〕7号"),
        (2025, "国办发明电〔2024〕12号"),
        (2026, "国办发明电〔2025〕7号"),
    ];
    assert_eq!(documents, expected.map(|(year, document)| (year, document.to_owned())));
}

#[test]
fn t04_a_day_says_why_people_work_on_it_or_not() {
    let calendar = calendar();
    for (day, working, reason) in [
        (date(2020, 6, 24), true, "工作日"),
        (date(2020, 6, 25), false, "端午节"),
        (date(2020, 6, 27), false, "端午节"),
        (date(2020, 6, 28), true, "端午节调休上班"),
        (date(2020, 7, 4), false, "周末"),
        (date(2020, 7, 5), false, "周末"),
        // The two notices of 2020 together: the holiday was prolonged, its make-up day dropped.
        (date(2020, 1, 31), false, "春节"),
        (date(2020, 2, 1), false, "春节"),
        (date(2020, 2, 2), false, "春节"),
        (date(2020, 2, 3), true, "工作日"),
    ] {
        let kind = calendar.day(day).unwrap();
        assert_eq!((kind.working, kind.reason.as_str()), (working, reason), "{day}");
    }
}

#[test]
fn t04_the_days_on_which_calendars_err_are_what_the_notice_says() {
    let calendar = calendar();
    let victory = "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日";
    let after_victory = format!("{victory}调休上班");
    for (day, working, reason) in [
        // Seven days off in May, with the days after them worked.
        (date(2004, 5, 7), false, "劳动节"),
        (date(2004, 5, 9), true, "劳动节调休上班"),
        // The last days of a year, by the notice of the next.
        (date(2005, 12, 31), true, "元旦调休上班"),
        (date(2006, 12, 31), true, "元旦调休上班"),
        (date(2007, 12, 29), true, "元旦调休上班"),
        (date(2007, 12, 31), false, "元旦"),
        (date(2011, 12, 31), true, "元旦调休上班"),
        (date(2018, 12, 29), true, "元旦调休上班"),
        (date(2018, 12, 31), false, "元旦"),
        // Three festivals are days off since 2008.
        (date(2007, 4, 5), true, "工作日"),
        (date(2007, 6, 19), true, "工作日"),
        (date(2007, 9, 25), true, "工作日"),
        (date(2008, 4, 4), false, "清明节"),
        (date(2008, 6, 9), false, "端午节"),
        (date(2008, 9, 15), false, "中秋节"),
        // New Year's Eve of the lunar calendar is off from 2008 to 2013 and not in 2014.
        (date(2008, 2, 6), false, "春节"),
        (date(2013, 2, 9), false, "春节"),
        (date(2014, 1, 30), true, "工作日"),
        // Once, by a notice of its own.
        (date(2015, 9, 3), false, victory),
        (date(2015, 9, 4), false, victory),
        (date(2015, 9, 6), true, after_victory.as_str()),
        (date(2014, 9, 3), true, "工作日"),
        (date(2016, 9, 2), true, "工作日"),
        (date(2016, 10, 9), true, "国庆节调休上班"),
        (date(2016, 12, 30), true, "工作日"),
    ] {
        let kind = calendar.day(day).unwrap();
        assert_eq!((kind.working, kind.reason.as_str()), (working, reason), "{day}");
    }
}

#[test]
fn t04_a_year_without_a_notice_is_counted_on_statutory_days_and_names_no_document() {
    let calendar = calendar();
    for year in 2027..=2035 {
        for month in [1, 7, 12] {
            let day = calendar.day(date(year, month, 15)).unwrap();
            assert_eq!(day.document, None, "{year}-{month}");
        }
        let new_year = calendar.day(date(year, 1, 1)).unwrap();
        assert_eq!((new_year.working, new_year.reason.as_str()), (false, "法定节假日"), "{year}");
    }
    for (day, working, reason) in [
        // The eve and the first three days, and no make-up day around them.
        (date(2027, 2, 4), true, "工作日"),
        (date(2027, 2, 5), false, "法定节假日"),
        (date(2027, 2, 6), false, "法定节假日"),
        (date(2027, 2, 8), false, "法定节假日"),
        (date(2027, 2, 9), true, "工作日"),
        (date(2027, 2, 13), false, "周末"),
        (date(2027, 2, 14), false, "周末"),
    ] {
        let kind = calendar.day(day).unwrap();
        assert_eq!((kind.working, kind.reason.as_str()), (working, reason), "{day}");
    }
}

#[test]
fn t04_of_a_year_without_notice_and_statutory_days_nothing_is_known() {
    let calendar = calendar();
    assert_eq!(calendar.day(date(2003, 12, 31)), Err(OutOfRange { year: 2003 }));
    assert!(calendar.day(date(2004, 1, 1)).is_ok());
    assert!(calendar.day(date(2035, 12, 31)).is_ok());
    let beyond = calendar.day(date(2036, 1, 1)).unwrap_err();
    assert_eq!(beyond, OutOfRange { year: 2036 });
    assert_eq!(beyond.to_string(), "there is no work calendar for 2036");
}

#[test]
fn t04_a_notice_takes_the_place_of_the_statutory_days_of_its_year() {
    let text = document("\"2026-01-02\"", "\"2026-01-04\"");
    let notice = Source { file: "2026.toml", text: &text };
    let text = "source = \"办法\"\n[[year]]\nyear = 2026\ndays = [\"2026-01-01\"]\n";
    let statutory = Source { file: "statutory.toml", text };
    let seen = |calendar: &Calendar| -> Vec<(bool, bool)> {
        [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 4)]
            .map(|day| calendar.day(day).unwrap())
            .map(|day| (day.working, day.document.is_some()))
            .to_vec()
    };
    let before = Calendar::parse(&[], statutory).unwrap();
    assert_eq!(seen(&before), [(false, false), (true, false), (false, false)]);
    let after = Calendar::parse(&[notice], statutory).unwrap();
    assert_eq!(seen(&after), [(true, true), (false, true), (true, true)]);
}

#[test]
fn t04_the_last_days_of_december_are_provisional_until_the_next_years_notice() {
    let days = [28, 29, 30, 31].map(|day| date(2026, 12, day));
    let provisional = |calendar: &Calendar| days.map(|day| calendar.day(day).unwrap().provisional);
    let shipped = calendar();
    assert_eq!(provisional(&shipped), [false, true, true, true]);
    let last = shipped.day(days[3]).unwrap();
    assert!(last.working);
    assert_eq!(last.reason, "工作日（次年放假安排未公布）");
    assert!(!shipped.day(date(2025, 12, 31)).unwrap().provisional);
    let text = "year = 2027\nnotice = \"通知\"\ndocument = \"号\"\nholiday = []\n";
    let next = calendar_with(&[Source { file: "2027.toml", text }]);
    assert_eq!(provisional(&next), [false; 4]);
    // What was told before this was known says nothing of a year's end, and stays readable.
    let text = document("", "");
    let year = Source { file: "2026.toml", text: &text };
    let before = Calendar::parse(&[year], NO_STATUTORY_YEAR).unwrap();
    assert_eq!(provisional(&before), [false; 4]);
}

#[test]
fn t04_a_malformed_date_is_refused_with_file_and_line() {
    assert_eq!(
        refusal(&document("\"2026-01-01\", \"2026-02-30\"", "")),
        "2026.toml:7: \"2026-02-30\" is not a date (YYYY-MM-DD)"
    );
    assert_eq!(
        refusal(&document("", "\"元旦\"")),
        "2026.toml:8: \"元旦\" is not a date (YYYY-MM-DD)"
    );
    assert_eq!(
        statutory_refusal("source = \"办法\"\n\n[[year]]\nyear = 2027\ndays = [\"2027-13-01\"]\n"),
        "statutory.toml:5: \"2027-13-01\" is not a date (YYYY-MM-DD)"
    );
    assert_eq!(
        statutory_refusal("source = \"办法\"\nyear_end_from = \"12-32\"\nyear = []\n"),
        "statutory.toml:2: \"12-32\" is not a month and day (MM-DD)"
    );
}

#[test]
fn t04_a_date_of_another_year_is_refused_with_file_and_line() {
    assert_eq!(refusal(&document("\"2025-12-31\"", "")), "2026.toml:7: 2025-12-31 is not in 2026");
    assert_eq!(refusal(&document("", "\"2027-01-02\"")), "2026.toml:8: 2027-01-02 is not in 2026");
    assert_eq!(
        statutory_refusal("source = \"办法\"\n\n[[year]]\nyear = 2027\ndays = [\"2028-01-01\"]\n"),
        "statutory.toml:5: 2028-01-01 is not in 2027"
    );
}

#[test]
fn t04_a_make_up_workday_must_be_a_weekend() {
    assert_eq!(
        refusal(&document("", "\"2026-01-04\", \"2026-01-05\"")),
        "2026.toml:8: 2026-01-05 is a workday anyway, it cannot be a make-up one"
    );
    let text = document("", "\"2026-01-03\", \"2026-01-04\"");
    let weekend = Source { file: "2026.toml", text: &text };
    let calendar = Calendar::parse(&[weekend], NO_STATUTORY_YEAR).unwrap();
    for day in [date(2026, 1, 3), date(2026, 1, 4)] {
        assert_eq!(calendar.day(day).unwrap().reason, "元旦调休上班");
    }
}

#[test]
fn t04_a_year_is_given_once() {
    let text = document("\"2026-01-01\"", "");
    let first = Source { file: "2026.toml", text: &text };
    let again = Source { file: "2026-again.toml", text: &text };
    let error = Calendar::parse(&[first, again], NO_STATUTORY_YEAR).unwrap_err();
    assert_eq!(error.to_string(), "2026-again.toml:1: the year 2026 is given twice");
}

#[test]
fn t04_an_unknown_key_is_refused_with_file_and_line() {
    let good = document("", "");
    for (text, line, key) in [
        (good.replace("\n\n", "\nlunar = true\n"), 4, "lunar"),
        (format!("{good}half_days = []\n"), 9, "half_days"),
    ] {
        let said = refusal(&text);
        assert!(said.starts_with(&format!("2026.toml:{line}: unknown field `{key}`")), "{said}");
    }
    for (text, line, key) in [
        ("source = \"办法\"\nyear = []\nlunar = true\n", 3, "lunar"),
        ("source = \"办法\"\n[[year]]\nyear = 2027\ndays = []\nworkdays = []\n", 5, "workdays"),
    ] {
        let said = statutory_refusal(text);
        let start = format!("statutory.toml:{line}: unknown field `{key}`");
        assert!(said.starts_with(&start), "{said}");
    }
}

#[test]
fn t04_a_document_that_is_no_toml_or_lacks_a_key_is_refused() {
    let said = refusal("year = 2026\nnotice = 通知\n");
    assert!(said.starts_with("2026.toml:2: "), "{said}");
    let said = refusal("year = 2026\nnotice = \"通知\"\nholiday = []\n");
    assert!(said.contains("missing field `document`"), "{said}");
}

#[test]
fn t04_a_statutory_year_is_given_once() {
    let text = "source=\"x\"\n[[year]]\nyear=2027\ndays=[\"2027-01-01\"]\n[[year]]\nyear=2027\ndays=[\"2027-03-01\"]\n";
    assert!(Calendar::parse(&[], Source { file: "s", text }).is_err());
}

#[test]
fn t04_a_day_is_not_both_off_and_made_up() {
    let text = "year=2026\nnotice=\"n\"\ndocument=\"d\"\n[[holiday]]\nname=\"h\"\n\
                days=[\"2026-01-03\"]\nworkdays=[\"2026-01-03\"]\n";
    let statutory = Source { file: "s", text: "source=\"x\"\nyear=[]\n" };
    let refused = Calendar::parse(&[Source { file: "y", text }], statutory).unwrap_err();
    assert!(refused.to_string().starts_with("y:7:"), "{refused}");
}
