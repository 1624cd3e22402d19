//! What messages say: nothing of a person, an item or an agency, for an SMS is read by whoever holds
//! the phone. The labels are the profile's (I23), and each says where to look things up (I20).

use domain::{
    deadline::Deadline,
    level::{LabelSet, Level},
};

use crate::config::{Messages, TOKEN};

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Invites to rate a completed case.
    Invitation,
    /// Reminds of a service not yet rated.
    Reminder,
    /// Says how to answer, after an answer that could not be understood.
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

pub(super) fn text(
    messages: &Messages,
    kind: Kind,
    labels: LabelSet,
    needs_reason: bool,
    token: &str,
    window: Option<&Deadline>,
) -> String {
    let Messages { signature, look_up, .. } = messages;
    let link = messages.link.replace(TOKEN, token);
    let keys: Vec<String> =
        Level::ALL.map(|level| format!("{}{}", level.stars(), level.label(labels))).into();
    let keys = keys.join(" ");
    // Where a negative rating needs a reason, who answers by key alone would be refused (HY7).
    let because = match needs_reason {
        true => "（评2或1请写明原因，例如：2等候太久）",
        false => "",
    };
    let why = match kind {
        Kind::Invitation => "您在政务服务中办理的业务已办结，请评价",
        Kind::Reminder => "您在政务服务中接受的服务还没有评价，请评价",
        Kind::ReplyHint => "没有读懂您的回复，请重新评价",
    };
    let until = window.map_or_else(String::new, |window| {
        let day = window.due_on;
        format!("评价截至{}年{}月{}日。", day.year(), day.month(), day.day())
    });
    // A blank on both sides, so that no phone takes the words around it for a part of the link.
    format!(
        "{signature}{why}： {link} ；或直接回复数字：{keys}{because}。{until}办件和评价结果可查： {look_up}"
    )
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
                act: "rating_window".to_owned(),
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
        };
        let said =
            text(&messages, Kind::Invitation, LabelSet::Satisfaction, false, "T-1", Some(&window));
        assert_eq!(
            said,
            "【政务服务】您在政务服务中办理的业务已办结，请评价： https://example.gov.cn/r/T-1 \
             ；或直接回复数字：5非常满意 4满意 3基本满意 2不满意 1非常不满意。\
             评价截至2026年3月9日。办件和评价结果可查： https://example.gov.cn/my"
        );
        for kind in [Kind::Invitation, Kind::Reminder, Kind::ReplyHint] {
            let said = text(&messages, kind, LabelSet::Quality, true, "T-1", None);
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
