//! What a holiday notice changes that is published after deadlines began (暂定), and when a ticket
//! counts as taken by nobody.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/profiles.rs"]
mod profiles;

use domain::{
    calendar::Calendar,
    deadline::{DayUnit, Deadline, DeadlineRule},
    profile::{Office, Profile},
    source::Source,
    ticket::{Due, DueEnd, Dues, Opening, Setting, Ticket, TicketStep},
};
use jiff::Timestamp;
use profiles::{CHANGJI, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile};

const NATION: &str = include_str!("../calendars/2026.toml");
const STATUTORY: &str = include_str!("../calendars/statutory.toml");
/// An invented notice of 2027: 4 January is a day off, Saturday the second is a workday instead.
const NOTICE: &str = r#"
year = 2027
notice = "示例通知"
document = "示例〔2026〕1号"

[[holiday]]
name = "元旦"
days = ["2027-01-01", "2027-01-03", "2027-01-04"]
workdays = ["2027-01-09"]
"#;
/// Another one, by which the second is a workday and the fourth as well.
const EARLIER: &str = r#"
year = 2027
notice = "示例通知"
document = "示例〔2026〕2号"

[[holiday]]
name = "元旦"
days = ["2027-01-01"]
workdays = ["2027-01-02"]
"#;

fn calendar(years: &[&str]) -> Calendar {
    let years: Vec<_> = years.iter().map(|text| Source { file: "year", text }).collect();
    Calendar::parse(&years, Source { file: "statutory", text: STATUTORY }).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Five working days from Friday, 25 December: until 4 January, as far as is known without a notice.
fn provisional() -> Deadline {
    let rule = DeadlineRule {
        subject: "feed_back_clear".to_owned(),
        event: "rating_received".to_owned(),
        days: 5,
        unit: DayUnit::Working,
        clause: "示例".to_owned(),
    };
    let due = rule.due(at("2026-12-25T01:00:00Z"), &calendar(&[NATION])).unwrap();
    assert_eq!((due.due_on.to_string().as_str(), due.provisional), ("2027-01-04", true));
    due
}

fn only(end: DueEnd) -> Dues {
    Dues(vec![Due { deadline: provisional(), end }])
}

fn on_record(dues: &Dues, now: Timestamp) -> Vec<(String, bool)> {
    dues.0.iter().map(|due| (due.deadline.due_on.to_string(), due.is_missed(now))).collect()
}

fn said(days: &[(&str, bool)]) -> Vec<(String, bool)> {
    days.iter().map(|(day, missed)| ((*day).to_owned(), *missed)).collect()
}

#[test]
fn t04_nobody_is_late_by_a_day_that_became_a_holiday_and_both_derivations_stay() {
    let mut dues = only(DueEnd::Running);
    let noticed = at("2027-01-05T01:00:00Z");
    assert_eq!(on_record(&dues, noticed), said(&[("2027-01-04", true)]));
    assert!(dues.recompute(&calendar(&[NATION, NOTICE]), noticed).unwrap());
    assert_eq!(on_record(&dues, noticed), said(&[("2027-01-04", false), ("2027-01-05", false)]));
    assert_eq!(dues.0[0].end, DueEnd::Moved { to: 1, at: noticed });
    assert_eq!(dues.0[0].deadline, provisional());
    let next = dues.running().map(|due| due.deadline.due_at).min();
    assert_eq!(next, Some(at("2027-01-05T16:00:00Z")));
    let late = at("2027-01-05T16:00:00Z");
    assert_eq!(on_record(&dues, late), said(&[("2027-01-04", false), ("2027-01-05", true)]));
    assert!(!dues.recompute(&calendar(&[NATION, NOTICE]), late).unwrap(), "once");
}

#[test]
fn t04_what_was_done_late_by_a_day_that_became_a_holiday_was_done_in_time() {
    let done = at("2027-01-05T03:00:00Z");
    for end in [
        DueEnd::Met { at: done },
        DueEnd::Lapsed { at: done },
        DueEnd::Superseded { by: 7, at: done },
    ] {
        let mut dues = only(end);
        assert!(dues.0[0].is_missed(done));
        assert!(dues.recompute(&calendar(&[NATION, NOTICE]), done).unwrap());
        let now = at("2027-03-01T00:00:00Z");
        assert_eq!(on_record(&dues, now), said(&[("2027-01-04", false), ("2027-01-05", false)]));
        assert_eq!(dues.0[1].end, end, "it ended as it did");
    }
}

#[test]
fn t04_nobody_becomes_late_afterwards_by_a_day_that_became_a_workday() {
    let done = at("2027-01-04T03:00:00Z");
    let mut dues = only(DueEnd::Met { at: done });
    let before = dues.clone();
    assert!(!dues.recompute(&calendar(&[NATION, EARLIER]), done).unwrap());
    assert_eq!(dues, before);
    let mut runs = only(DueEnd::Running);
    assert!(runs.recompute(&calendar(&[NATION, EARLIER]), at("2026-12-26T01:00:00Z")).unwrap());
    assert_eq!(runs.0[1].deadline.due_on.to_string(), "2027-01-02");
}

#[test]
fn t04_where_the_calendar_does_not_reach_nothing_is_changed() {
    let mut dues = only(DueEnd::Running);
    let before = dues.clone();
    let none = "source = '办法'\nyear = []";
    let year = Source { file: "2026", text: NATION };
    let short = Calendar::parse(&[year], Source { file: "statutory", text: none }).unwrap();
    assert!(dues.recompute(&short, at("2027-01-05T01:00:00Z")).is_err());
    assert_eq!(dues, before);
}

fn opened(profile: &Profile) -> Ticket {
    let opening = Opening::Rating { real_name: true };
    let (agency, received) = ("652301-a03".to_owned(), at("2026-03-06T02:00:00Z"));
    Ticket::open(opening, agency, false, received, profile, &calendar(&[NATION])).unwrap()
}

#[test]
fn t09_a_ticket_waits_for_somebody_where_no_deadline_limits_that() {
    let received = at("2026-03-06T02:00:00Z");
    for (layers, since) in [
        (vec![GUANGXI], Some(received)),
        (vec![SHANGHAI], Some(received)),
        (vec![STATE_COUNCIL, CHANGJI], None),
        (vec![STATE_COUNCIL, HAIYANG], None),
    ] {
        let profile = profile(&layers);
        let ticket = opened(&profile);
        assert_eq!(ticket.waits_since(), since, "{}", profile.id);
    }
    let by = Ticket::nobody_by(received, &calendar(&[NATION])).unwrap();
    assert_eq!(by.due_on.to_string(), "2026-03-09", "Monday after that Friday");
}

#[test]
fn t09_whoever_takes_it_ends_the_waiting() {
    let profile = profile(&[GUANGXI]);
    let ticket = opened(&profile);
    let setting = Setting {
        ticket: domain::id::TicketId(uuid::Uuid::nil()),
        office: Office::HandlingAgency,
        by: "officer",
        agency: Some("652301-a03"),
        at: at("2026-03-06T03:00:00Z"),
        profile: &profile,
        calendar: &calendar(&[NATION]),
        act_has_open_ticket: false,
    };
    let assign = TicketStep::Assign { assignee: "652301-s01".to_owned() };
    assert_eq!(ticket.step(&assign, &setting).unwrap().waits_since(), None);
}
