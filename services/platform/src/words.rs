//! Tickets in the words of those who work on them, for ledgers and for a terminal: states, duties,
//! findings and steps in Chinese.

use domain::{
    deadline::clock_time,
    level::{LabelSet, Level},
    profile::ExclusionGround,
};
use jiff::Timestamp;
use proto::{
    ticketing::v1::{Grounds, Means, appeal_effect::Kind, step::Act},
    r#type::v1::{DeadlineEnd, Finding, MatterKind, TicketState},
};

use crate::convert;

/// An instant as people write it here: day and time to the second, in Asia/Shanghai.
#[must_use]
pub fn moment(at: Timestamp) -> String {
    clock_time(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same for one on the wire; empty if there is none.
#[must_use]
pub fn moment_of(at: Option<&prost_types::Timestamp>) -> String {
    convert::instant_of(at).map(moment).unwrap_or_default()
}

/// Where a ticket stands (工单状态).
#[must_use]
pub fn state(state: TicketState) -> &'static str {
    match state {
        TicketState::Unspecified => "",
        TicketState::Received => "待派单",
        TicketState::Opened => "待指派",
        TicketState::Assigned => "已指派",
        TicketState::Contacted => "已回访核实",
        TicketState::Verified => "已核实",
        TicketState::SolutionFedBack => "已反馈解决办法",
        TicketState::Rectified => "已整改",
        TicketState::FedBack => "已反馈",
        TicketState::Reported => "已报送",
        TicketState::Accepted => "审核通过",
        TicketState::Closed => "已办结",
        TicketState::Confirmed => "已确认",
        TicketState::ExclusionProposed => "待审定",
        TicketState::Excluded => "不予采纳",
        TicketState::Linked => "已并案",
        TicketState::Annulled => "已作废",
    }
}

/// How a verification ended (核实结论); empty before one.
#[must_use]
pub fn finding(finding: Finding) -> &'static str {
    match finding {
        Finding::Unspecified => "",
        Finding::Clear => "情况清楚、诉求合理",
        Finding::Simple => "简单事项",
        Finding::Complex => "情况复杂",
        Finding::NoLegalBasis => "缺乏法定依据",
    }
}

/// Why a rating is not to count (不予采纳的理由), by its number on the wire; empty if nobody said so.
#[must_use]
pub fn ground(ground: i32) -> &'static str {
    convert::ground(ground).map(ExclusionGround::phrase).unwrap_or_default()
}

/// The level of a rating (评价等级), by its number on the wire; empty if there is none.
#[must_use]
pub fn level(level: i32) -> &'static str {
    let label = |level: Level| level.label(LabelSet::Satisfaction);
    convert::level(level).map(label).unwrap_or_default()
}

/// What kind of matter it is; empty if it is none.
#[must_use]
pub fn matter(kind: MatterKind) -> &'static str {
    match kind {
        MatterKind::Unspecified => "",
        MatterKind::PublicReview => "社会各界综合点评",
        MatterKind::Complaint => "投诉建议",
        MatterKind::SurveyProblem => "监督查评发现的问题",
    }
}

/// How a deadline ended (时限状态).
#[must_use]
pub fn deadline_end(end: DeadlineEnd) -> &'static str {
    match end {
        DeadlineEnd::Unspecified => "",
        DeadlineEnd::Running => "计时中",
        DeadlineEnd::Met => "已完成",
        DeadlineEnd::Superseded => "已变更",
        DeadlineEnd::Lapsed => "已终止",
        DeadlineEnd::Moved => "已按新日历重算",
    }
}

/// What a ticket's deadlines limit, by their names.
const DUTIES: [(&str, &str); 15] = [
    ("text_review", "审核评价文字"),
    ("start_handling", "启动处理"),
    ("dispatch", "转派"),
    ("hotline_dispatch", "转派（热线）"),
    ("first_contact", "首次联系"),
    ("fix_clear", "立行立改"),
    ("feed_back_clear", "反馈（情况清楚的）"),
    ("fix_simple", "整改（简单的）"),
    ("feed_back_simple", "反馈（简单的）"),
    ("fix_complex", "整改（复杂的）"),
    ("feed_back_complex", "反馈（复杂的）"),
    ("follow_up_within", "回访"),
    (domain::ticket::CARRY_OUT_PLAN, "按计划整改"),
    (domain::ticket::ANSWER_NOTICE, "答复上级通报单"),
    (domain::ticket::ANSWER_HOTLINE, "热线办理答复"),
];

/// What a deadline limits, in words; its name where there are none.
#[must_use]
pub fn duty(act: &str) -> &str {
    DUTIES.iter().find(|(name, _)| *name == act).map_or(act, |(_, words)| words)
}

/// A way of reaching a rater, by its number on the wire; empty if there is none.
#[must_use]
pub fn means(means: i32) -> &'static str {
    match Means::try_from(means).unwrap_or_default() {
        Means::Unspecified => "",
        Means::Phone => "电话",
        Means::Sms => "短信",
        Means::Online => "在线",
        Means::InPerson => "当面",
    }
}

/// What a step did, and what it says, part by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepWords {
    /// The step's name (办理步骤).
    pub name: &'static str,
    /// Each part that was filled in, beside what it is.
    pub parts: Vec<(&'static str, String)>,
}

impl StepWords {
    /// All parts in one text, one a line.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |(what, words): &(&str, String)| format!("{what}：{words}");
        self.parts.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A step in words; codes stay codes.
#[must_use]
pub fn step(act: Option<&Act>) -> StepWords {
    let yes = |yes: bool| if yes { "是" } else { "否" };
    let (name, parts) = match act {
        None => ("", Vec::new()),
        Some(Act::Dispatch(step)) => (
            "派单",
            vec![
                ("承办单位", step.agency_id.clone()),
                ("协办单位", step.participant_ids.join("、")),
                ("说明", step.note.clone()),
            ],
        ),
        Some(Act::Assignment(step)) => ("指派", vec![("经办人", step.assignee.clone())]),
        Some(Act::TakingOver(_)) => ("接手", Vec::new()),
        Some(Act::Contact(step)) => (
            "登记回访核实",
            vec![
                ("方式", means(step.means).to_owned()),
                ("联系上", yes(step.reached).to_owned()),
                ("情况", step.note.clone()),
            ],
        ),
        Some(Act::Verification(step)) => {
            let mut parts = vec![
                ("结论", finding(step.finding()).to_owned()),
                ("不予采纳理由", ground(step.ground).to_owned()),
                ("理由", step.reason.clone()),
                ("计划", step.plan.clone()),
                ("计划完成日", step.carry_out_by.clone()),
                ("文书编号", step.document_number.clone()),
            ];
            parts.extend(grounds(step.grounds.as_ref()));
            parts.push(("材料", step.document_ids.join("、")));
            ("登记核实结论", parts)
        }
        Some(Act::Solution(step)) => ("反馈解决办法", told(step.means, &step.summary)),
        Some(Act::Rectification(step)) => (
            "登记整改",
            vec![
                ("措施", step.measures.clone()),
                ("佐证", step.evidence.clone()),
                ("材料", step.document_ids.join("、")),
            ],
        ),
        Some(Act::Extension(step)) => {
            let mut parts = vec![("新期限", step.new_day.clone())];
            parts.extend(grounds(step.grounds.as_ref()));
            ("延期", parts)
        }
        Some(Act::Part(step)) => (
            "协办答复",
            vec![("答复", step.answer.clone()), ("材料", step.document_ids.join("、"))],
        ),
        Some(Act::Feedback(step)) => ("反馈评价人", told(step.means, &step.summary)),
        Some(Act::Report(step)) => ("报送结果", vec![("结果", step.summary.clone())]),
        Some(Act::Acceptance(step)) => ("审核通过", vec![("意见", step.opinion.clone())]),
        Some(Act::Return(step)) => ("审核退回", vec![("理由", step.reason.clone())]),
        Some(Act::Decision(step)) => (
            "审定不予采纳",
            vec![("不予采纳", yes(step.upheld).to_owned()), ("意见", step.opinion.clone())],
        ),
        Some(Act::Closing(_)) => ("办结", Vec::new()),
        Some(Act::FollowUp(step)) => {
            let outcome = match (step.not_reached, step.satisfied) {
                (true, _) => "未联系上",
                (false, true) => "满意",
                (false, false) => "不满意",
            };
            let mut parts = vec![("结果", outcome.to_owned())];
            parts.push(("方式", means(step.means).to_owned()));
            parts.push(("情况", step.note.clone()));
            ("登记回访", parts)
        }
        Some(Act::Urging(step)) => ("督办", vec![("要求", step.note.clone())]),
        Some(Act::Correction(step)) => {
            ("更正", vec![("更正步骤", step.sequence.to_string()), ("更正为", step.words.clone())])
        }
        Some(Act::Link(step)) => {
            ("并案", vec![("主工单", step.main_ticket_id.clone()), ("理由", step.reason.clone())])
        }
        Some(Act::Unlink(step)) => ("撤销并案", vec![("理由", step.reason.clone())]),
        Some(Act::NewBeginning(_)) => ("答复后又有差评，重新办理", Vec::new()),
        Some(Act::FollowUpAnswer(answer)) => {
            let outcome = if answer.satisfied { "满意" } else { "不满意" };
            ("评价人答复回访", vec![("结果", outcome.to_owned())])
        }
        Some(Act::AppealEffect(step)) => {
            (appeal_effect(step.kind()), vec![("申诉", step.appeal_id.clone())])
        }
        Some(Act::Annulment(_)) => ("作废", Vec::new()),
        Some(Act::Registration(step)) => {
            ("登记通报单", vec![("编号", step.number.clone()), ("内容", step.summary.clone())])
        }
    };
    StepWords { name, parts: parts.into_iter().filter(|(_, words)| !words.is_empty()).collect() }
}

fn appeal_effect(kind: Kind) -> &'static str {
    match kind {
        Kind::Unspecified => "申诉处理",
        Kind::Excluded => "差评不予采纳，工单终止",
        Kind::Reinstated => "差评恢复采纳",
        Kind::ClockStopped => "申诉期间中止计时",
        Kind::ClockResumed => "恢复计时",
    }
}

fn told(by: i32, summary: &str) -> Vec<(&'static str, String)> {
    vec![("方式", means(by).to_owned()), ("内容", summary.to_owned())]
}

fn grounds(grounds: Option<&Grounds>) -> Vec<(&'static str, String)> {
    let Some(grounds) = grounds else { return Vec::new() };
    vec![
        ("延期理由", grounds.reason.clone()),
        ("书面说明编号", grounds.document_number.clone()),
        ("告知方式", means(grounds.informed_by).to_owned()),
    ]
}

#[cfg(test)]
mod tests {
    use domain::profile;
    use proto::ticketing::v1::{Contact, Extension, FollowUp, NewBeginning};

    use super::*;

    #[test]
    fn t14_a_step_is_told_part_by_part_and_what_is_empty_is_left_out() {
        let contact = Contact { means: Means::Phone.into(), reached: false, note: String::new() };
        let words = step(Some(&Act::Contact(contact)));
        assert_eq!(words.name, "登记回访核实");
        assert_eq!(words.text(), "方式：电话\n联系上：否");
        let grounds = Grounds { reason: "示例理由".to_owned(), ..Grounds::default() };
        let new_day = "2026-04-01".to_owned();
        let words = step(Some(&Act::Extension(Extension { new_day, grounds: Some(grounds) })));
        assert_eq!(words.text(), "新期限：2026-04-01\n延期理由：示例理由");
        let missed = FollowUp { not_reached: true, ..FollowUp::default() };
        assert_eq!(step(Some(&Act::FollowUp(missed))).text(), "结果：未联系上");
        // The rating's identity leads to its rater: it is in no ledger.
        let again = NewBeginning { rating_id: "rating".to_owned() };
        assert!(step(Some(&Act::NewBeginning(again))).parts.is_empty());
    }

    #[test]
    fn t14_times_are_those_of_the_place_and_every_state_and_duty_has_its_word() {
        assert_eq!(moment("2026-03-02T23:30:05Z".parse().unwrap()), "2026-03-03 07:30:05");
        assert_eq!(moment_of(None), "");
        let numbers = (1..).map_while(|n| TicketState::try_from(n).ok());
        let words: Vec<&str> = numbers.map(state).collect();
        assert!(words.len() == 16 && words.iter().all(|word| !word.is_empty()), "{words:?}");
        let handling = ["dispatch", "start_handling", "first_contact", "follow_up_within"];
        let known = profile::TERMS.iter().map(|term| term.subject);
        let fixed = |subject: &&str| {
            handling.contains(subject)
                || subject.starts_with("fix_")
                || subject.starts_with("feed_back_")
        };
        let missing: Vec<&str> = known.filter(fixed).filter(|act| duty(act) == *act).collect();
        assert!(missing.is_empty(), "without a word: {missing:?}");
    }
}
