//! The texts of messages: nothing about a person, an item or an agency, since anyone with the phone
//! can read an SMS. The labels are the profile's (I23), and each text names where to look things up
//! (I20).

use domain::{
    deadline::{Deadline, clock_time},
    level::{LabelSet, Level},
};
use platform::clock::instant;
use proto::r#type::v1::Stage;

use crate::{
    config::{Messages, TOKEN},
    entity::service_act,
};

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Invites to rate a completed case.
    Invitation,
    /// Reminds of a service not yet rated.
    Reminder,
    /// Explains how to answer, after an answer that was not understood.
    ReplyHint,
}

impl Kind {
    /// The number of its row, that of `pingyi.intake.v1.MessageKind`.
    pub(crate) fn number(self) -> i16 {
        match self {
            Self::Invitation => 1,
            Self::Reminder => 2,
            Self::ReplyHint => 3,
        }
    }

    /// The kind of a row.
    pub(crate) fn of(number: i16) -> Option<Self> {
        [Self::Invitation, Self::Reminder, Self::ReplyHint]
            .into_iter()
            .find(|kind| kind.number() == number)
    }
}

/// One of several matters, as a message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListedMatter {
    /// The sign (代码) to answer by.
    pub(crate) sign: u32,
    /// What it is, see [`matter`].
    pub(crate) matter: String,
    /// Whether it was rated.
    pub(crate) rated: bool,
}

/// A matter by the time and kind of its last step: neither the item nor the agency, but enough for
/// someone who was there.
pub(crate) fn matter(act: &service_act::Model) -> String {
    let at = clock_time(instant(act.reported_at.unwrap_or(act.served_at)));
    let done = match Stage::try_from(i32::from(act.stage)) {
        Ok(Stage::Acceptance) => "受理",
        Ok(Stage::Approval) => "审批",
        Ok(Stage::Issuance) => "出件",
        Ok(Stage::Completion | Stage::Unspecified) | Err(_) => "办结",
    };
    format!("{}月{}日{:02}:{:02}{done}", at.month(), at.day(), at.hour(), at.minute())
}

/// The keys of the levels with their labels. Where a negative rating needs a reason, an answer by
/// key alone would be refused (HY7).
pub(crate) fn keys(labels: LabelSet, needs_reason: bool) -> String {
    let keys: Vec<String> =
        Level::ALL.map(|level| format!("{}{}", level.stars(), level.label(labels))).into();
    let because = match needs_reason {
        true => "（评2或1请写明原因，例如：2等候太久）",
        false => "",
    };
    format!("{}{because}", keys.join(" "))
}

/// Asks which of several matters an answer is about, wherever it is asked.
pub(crate) fn which(listed: &[ListedMatter]) -> String {
    let matter = |one: &ListedMatter| {
        let rated = if one.rated { "，已评价" } else { "" };
        format!("{}（{}{rated}）", one.sign, one.matter)
    };
    let matters: Vec<String> = listed.iter().map(matter).collect();
    format!("您评价的是哪一项业务？请先写代码，空一格再写评价。代码：{}", matters.join("、"))
}

/// The message that asks it.
pub(super) fn question(messages: &Messages, keys: &str, listed: &[ListedMatter]) -> String {
    let Messages { signature, look_up, .. } = messages;
    format!("{signature}{}。评价：{keys}。办件和评价结果可查： {look_up}", which(listed))
}

pub(super) fn text(
    messages: &Messages,
    kind: Kind,
    keys: &str,
    token: &str,
    window: Option<&Deadline>,
    of_several: Option<&ListedMatter>,
) -> String {
    let Messages { signature, look_up, .. } = messages;
    let link = messages.link.replace(TOKEN, token);
    let why = match kind {
        Kind::Invitation => "您在政务服务中办理的业务已办结，请评价",
        Kind::Reminder => "您在政务服务中接受的服务还没有评价，请评价",
        Kind::ReplyHint => "没有读懂您的回复，请重新评价",
    };
    // With several matters the keys alone would not show which one is meant.
    let (what, how) = match of_several {
        None => (String::new(), "或直接回复数字：".to_owned()),
        Some(ListedMatter { sign, matter, .. }) => {
            (format!("（{matter}）"), format!("或回复代码{sign}，空一格再写数字："))
        }
    };
    let until = window.map_or_else(String::new, |window| {
        let day = window.due_on;
        format!("评价截至{}年{}月{}日。", day.year(), day.month(), day.day())
    });
    // A blank on both sides, so that no phone reads the words around it as part of the link.
    format!("{signature}{why}{what}： {link} ；{how}{keys}。{until}办件和评价结果可查： {look_up}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Gateway, QuietHours};

    #[test]
    fn i08_i20_i23_a_message_says_how_until_when_and_where_and_names_the_profiles_labels() {
        let messages = Messages {
            gateway: Gateway::File("sms.jsonl".into()),
            link: "https://example.gov.cn/r/{token}".to_owned(),
            look_up: "https://example.gov.cn/my".to_owned(),
            signature: "【政务服务】".to_owned(),
            quiet: QuietHours::parse("21:00-08:00").unwrap(),
        };
        let window = Deadline {
            rule: domain::deadline::DeadlineRule {
                subject: "rating_window".to_owned(),
                event: "service_received".to_owned(),
                days: 5,
                unit: domain::deadline::DayUnit::Working,
                clause: String::new(),
            },
            event_at: "2026-03-02T01:00:00Z".parse().unwrap(),
            due_on: "2026-03-09".parse().unwrap(),
            due_at: "2026-03-09T16:00:00Z".parse().unwrap(),
            calendar_version: String::new(),
            provisional: false,
            derivation: Vec::new(),
            pauses: Vec::new(),
        };
        let plain = keys(LabelSet::Satisfaction, false);
        let said = text(&messages, Kind::Invitation, &plain, "T-1", Some(&window), None);
        assert_eq!(
            said,
            "【政务服务】您在政务服务中办理的业务已办结，请评价： https://example.gov.cn/r/T-1 \
             ；或直接回复数字：5非常满意 4满意 3基本满意 2不满意 1非常不满意。\
             评价截至2026年3月9日。办件和评价结果可查： https://example.gov.cn/my"
        );
        for kind in [Kind::Invitation, Kind::Reminder, Kind::ReplyHint] {
            let said = text(&messages, kind, &keys(LabelSet::Quality, true), "T-1", None, None);
            for part in ["【政务服务】", "/r/T-1 ", "5很好 4好 3一般 2差 1很差", "/my"]
            {
                assert!(said.contains(part), "{part}: {said}");
            }
            assert!(said.contains("请写明原因"), "a reason that is needed: {said}");
            assert!(!said.contains("截至"), "a window that never closes: {said}");
            assert_eq!(Kind::of(kind.number()), Some(kind));
        }
    }
}
