//! `pingyi explain`: when a deadline ends, and why, day by day.

use std::{
    io::{self, Write},
    path::Path,
};

use domain::{
    deadline::{DayNote, DayUnit, Deadline, iso_date},
    profile::Event,
};
use jiff::{Timestamp, tz};
use platform::convert::{self, Meaningless};
use proto::catalog::v1::{ExplainDeadlineRequest, calendar_service_client::CalendarServiceClient};

use super::{ClientError, connect};

/// Asia/Shanghai.
const CHINA_TIME: tz::Offset = tz::offset(8);
/// The hour that a day alone stands for.
const MORNING: i8 = 9;

/// Why a deadline is not explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The event's time is none.
    #[error("\"{0}\" is neither a date (2026-03-02) nor a time (2026-03-02T09:00:00+08:00)")]
    EventAt(String),
    /// The server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The server's answer means nothing.
    #[error("the answer cannot be read: {0}")]
    Answer(#[from] Meaningless),
    /// The words cannot be written.
    #[error(transparent)]
    Out(#[from] io::Error),
}

/// Asks for a deadline and writes its derivation.
///
/// # Errors
/// [`ExplainError`].
pub async fn run(
    endpoint: &str,
    ca: Option<&Path>,
    region: &str,
    act: &str,
    event_at: Timestamp,
    out: &mut impl Write,
) -> Result<(), ExplainError> {
    let mut client = CalendarServiceClient::new(connect(endpoint, ca).await?);
    let request = ExplainDeadlineRequest {
        region_code: region.to_owned(),
        act: act.to_owned(),
        event_at: Some(convert::to_wire(event_at)),
    };
    let answer = client.explain_deadline(request).await.map_err(ClientError::from)?.into_inner();
    let deadline = answer.deadline.ok_or(Meaningless("the deadline is missing"))?;
    Ok(write(region, &convert::deadline(deadline)?, out)?)
}

/// When an event happened: an instant, or a day's morning.
///
/// # Errors
/// [`ExplainError::EventAt`].
pub fn event_at(text: &str) -> Result<Timestamp, ExplainError> {
    let wrong = || ExplainError::EventAt(text.to_owned());
    match iso_date(text) {
        Ok(day) => CHINA_TIME.to_timestamp(day.at(MORNING, 0, 0, 0)).map_err(|_| wrong()),
        Err(_) => text.parse().map_err(|_| wrong()),
    }
}

fn write(region: &str, deadline: &Deadline, out: &mut impl Write) -> io::Result<()> {
    let Deadline { rule, due_on, provisional, .. } = deadline;
    let event = Event::ALL.iter().find(|event| event.starts(rule));
    let event_words = event.map_or("", |event| event.phrase());
    let (unit, unit_words) = match rule.unit {
        DayUnit::Working => ("working days", "个工作日"),
        DayUnit::Calendar => ("calendar days", "个自然日"),
    };
    let days = match rule.days {
        0 => "at once 立即".to_owned(),
        days => format!("{days} {unit} {days}{unit_words}"),
    };
    writeln!(out, "{} in {region}: by the end of 截止 {due_on}", rule.subject)?;
    writeln!(out, "rule 规则      {days}, from {} 自{event_words}起", rule.event)?;
    writeln!(out, "clause 条款    {}", rule.clause)?;
    writeln!(out, "event 起算     {}+08:00", CHINA_TIME.to_datetime(deadline.event_at))?;
    writeln!(out, "notices 依据   {}", deadline.calendar_version)?;
    if *provisional {
        writeln!(out, "provisional 暂定：a holiday notice is still to come, the day may move")?;
    }
    writeln!(out)?;
    write_days(&deadline.derivation, "", out)
}

/// Writes a derivation, one day a line, each after `before`.
pub(super) fn write_days(
    derivation: &[DayNote],
    before: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    for day in derivation {
        let counted = day.counted_as.map_or("–".to_owned(), |n| n.to_string());
        let weekday = match day.date.weekday().to_monday_one_offset() {
            1 => "周一",
            2 => "周二",
            3 => "周三",
            4 => "周四",
            5 => "周五",
            6 => "周六",
            _ => "周日",
        };
        writeln!(out, "{before}{} {weekday} {counted:>4}  {}", day.date, day.reason)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::{calendar::Calendar, deadline::DeadlineRule, source::Source};

    use super::*;

    #[test]
    fn an_event_is_an_instant_or_a_days_morning_in_shanghai() {
        let at = |text: &str| event_at(text).map(|at| at.to_string()).map_err(|e| e.to_string());
        assert_eq!(at("2026-03-02").unwrap(), "2026-03-02T01:00:00Z");
        assert_eq!(at("2026-03-02T10:00:00+08:00").unwrap(), "2026-03-02T02:00:00Z");
        for wrong in ["", "2026-02-30", "20260302", "tomorrow", "2026-03-02T10:00"] {
            assert!(at(wrong).unwrap_err().contains(&format!("\"{wrong}\" is neither")));
        }
    }

    #[test]
    fn c13_every_day_is_shown_with_its_number_and_reason() {
        let year = "year = 2026\nnotice = '通知'\ndocument = '国办发明电〔2025〕7号'\nholiday = []";
        let years = [Source { file: "2026.toml", text: year }];
        let statutory = Source { file: "statutory.toml", text: "source = '办法'\nyear = []" };
        let rule = DeadlineRule {
            subject: "first_contact".to_owned(),
            event: "rating_received".to_owned(),
            days: 2,
            unit: DayUnit::Working,
            clause: "某办法 第一条".to_owned(),
        };
        let calendar = Calendar::parse(&years, statutory).unwrap();
        let deadline = rule.due(event_at("2026-03-05").unwrap(), &calendar).unwrap();
        let mut out = Vec::new();
        write("100000", &deadline, &mut out).unwrap();
        let told = String::from_utf8(out).unwrap();
        let expected = "\
first_contact in 100000: by the end of 截止 2026-03-09
rule 规则      2 working days 2个工作日, from rating_received 自收到评价起
clause 条款    某办法 第一条
event 起算     2026-03-05T09:00:00+08:00
notices 依据   国办发明电〔2025〕7号

2026-03-05 周四    –  当日不计（工作日）
2026-03-06 周五    1  工作日
2026-03-07 周六    –  周末
2026-03-08 周日    –  周末
2026-03-09 周一    2  工作日
";
        assert_eq!(told, expected);
    }
}
