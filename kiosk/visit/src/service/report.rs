//! How a terminal is, line by line, for whoever stands before it with the PIN.

use std::time::Duration;

use jiff::{Timestamp, tz::Offset};

use crate::{
    fleet::{Admission, Standing},
    outbox::State,
};

const SECOND: i64 = 1_000_000;
/// By how much the clock may be off: less than the minutes that a receipt shows.
const CLOCK: i64 = 60_000;
/// How long before its end a certificate is spoken of, and how long a rating may wait.
const SOON: i64 = 14 * 24 * 3600 * SECOND;
const LONG: Duration = Duration::from_secs(3600);
/// How long ago the services may have answered.
const SILENT: i64 = 15 * 60 * SECOND;

/// How a terminal is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Line by line.
    pub lines: Vec<Line>,
    /// How many ratings were set aside.
    pub aside: u64,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub name: String,
    /// How that is.
    pub value: String,
    /// Whether somebody should look at it.
    pub wrong: bool,
}

/// How a terminal is at this time by its own clock; `reasons` is why ratings were set aside, and how
/// many for each.
#[must_use]
pub fn report(standing: &Standing, state: &State, reasons: &[(String, u64)], at: i64) -> Report {
    let mut lines = Vec::new();
    let mut say = |name: &str, value: String, wrong: bool| {
        lines.push(Line { name: name.to_owned(), value, wrong });
    };
    let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
    let id = or(&standing.terminal_id, "用令牌接入");
    match &standing.admission {
        Admission::Serves => say("终端", id, false),
        Admission::Unregistered => say("终端", "未注册".to_owned(), true),
        Admission::Stopped(why) => say("终端", format!("{id}，{why}"), true),
    }
    let silent = standing.heard_at.is_none_or(|heard| at.saturating_sub(heard) > SILENT);
    say("最近联系", standing.heard_at.map_or("还没有联系上".to_owned(), clock), silent);
    if standing.heard_at.is_some() {
        let ahead = standing.clock_ahead;
        let (seconds, wrong) = (ahead.unsigned_abs() / 1000, ahead.abs() > CLOCK);
        let value = match (seconds, ahead > 0) {
            (0, _) => "准".to_owned(),
            (_, true) => format!("快 {seconds} 秒"),
            (_, false) => format!("慢 {seconds} 秒"),
        };
        say("时钟", value, wrong);
    }
    if let Some(ends) = standing.certificate_ends {
        say("证书到期", clock(ends), ends.saturating_sub(at) < SOON);
    }
    let held = &state.held;
    let oldest = match held.waiting {
        0 => String::new(),
        _ => format!("，最早的等了 {}", for_long(held.oldest)),
    };
    say("待传评价", format!("{} 件{oldest}", held.waiting), held.oldest > LONG);
    if held.aside > 0 {
        let why: Vec<String> = reasons.iter().map(|(why, n)| format!("{why}（{n} 件）")).collect();
        say("搁置评价", format!("{} 件：{}", held.aside, why.join("；")), true);
    }
    if state.not_kept > 0 {
        say("未能保存", format!("{} 件", state.not_kept), true);
    }
    if held.damaged > 0 {
        say("损坏的暂存文件", format!("{} 个", held.damaged), true);
    }
    let troubles = [standing.trouble.as_str(), state.last_error.as_str()];
    let troubles: Vec<&str> = troubles.into_iter().filter(|text| !text.is_empty()).collect();
    say("最近的问题", or(&troubles.join("；"), "无"), !troubles.is_empty());
    let version = or(&standing.configuration.version, "本机默认");
    say("软件和配置版本", format!("{}，{version}", env!("CARGO_PKG_VERSION")), false);
    Report { lines, aside: held.aside }
}

/// A time in Asia/Shanghai.
fn clock(at: i64) -> String {
    let at = Timestamp::from_microsecond(at).unwrap_or(Timestamp::MAX);
    let at = Offset::constant(8).to_datetime(at);
    format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute())
}

fn for_long(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=59 => format!("{seconds} 秒"),
        seconds @ 60..=3_599 => format!("{} 分钟", seconds / 60),
        seconds @ 3_600..=86_399 => format!("{} 小时", seconds / 3_600),
        seconds => format!("{} 天", seconds / 86_400),
    }
}
