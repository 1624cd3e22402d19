//! The words of the story.

use domain::{item::FieldKind, statistics::Rate};
use proto::{publication::v1::Figures, r#type::v1::TicketState};

/// The three rates before and after, one line each.
#[must_use]
pub fn figure_lines(before: &Figures, after: &Figures) -> [String; 3] {
    let rate = |rate: Option<proto::publication::v1::Rate>| {
        let rate = rate.unwrap_or_default();
        Rate { numerator: rate.numerator, denominator: rate.denominator }.to_string()
    };
    let line =
        |name: &str, before, after| format!("　　　　{name}　{} → {}", rate(before), rate(after));
    [
        line("满意率", before.satisfaction, after.satisfaction),
        line("参评率", before.participation, after.participation),
        line("整改率", before.rectification, after.rectification),
    ]
}

/// What a visibly invented person fills in.
pub(super) fn answer(field: &visit::content::Field) -> String {
    match field.kind {
        FieldKind::Text => "示例".to_owned(),
        FieldKind::Choice => field.choices.first().cloned().unwrap_or_default(),
        FieldKind::Date => "2026-01-05".to_owned(),
        FieldKind::Number => "1".to_owned(),
        FieldKind::PersonName => "示例办事人".to_owned(),
        FieldKind::Phone => "13800000000".to_owned(),
        // The standard's own published sample number.
        FieldKind::IdNumber => "11010519491231002X".to_owned(),
    }
}

pub(super) fn name(state: TicketState) -> &'static str {
    match state {
        TicketState::Unspecified => "未知",
        TicketState::Received => "待派单",
        TicketState::Opened => "待指派",
        TicketState::Assigned => "已指派",
        TicketState::Contacted => "已回访核实",
        TicketState::SolutionFedBack => "已反馈解决办法",
        TicketState::Reported => "已报送",
        TicketState::ExclusionProposed => "待审定",
        TicketState::Excluded => "不予采纳",
        TicketState::Linked => "已并案",
        TicketState::Verified => "已核实",
        TicketState::Rectified => "已整改",
        TicketState::FedBack => "已反馈",
        TicketState::Accepted => "审核通过",
        TicketState::Closed => "已办结",
        TicketState::Confirmed => "已确认",
        TicketState::Annulled => "已作废",
    }
}

/// What a ticket's deadlines limit, by their names.
const DUTIES: [(&str, &str); 15] = [
    ("text_review", "审核评价文字"),
    ("start_handling", "启动处理"),
    ("dispatch", "转派"),
    ("first_contact", "首次联系"),
    ("fix_clear", "立行立改"),
    ("feed_back_clear", "反馈（情况清楚的）"),
    ("fix_simple", "整改（简单的）"),
    ("feed_back_simple", "反馈（简单的）"),
    ("fix_complex", "整改（复杂的）"),
    ("feed_back_complex", "反馈（复杂的）"),
    ("follow_up_within", "回访"),
    ("hotline_dispatch", "热线转派"),
    ("carry_out_plan", "落实整改计划"),
    ("answer_upper_notice", "答复通报单"),
    ("answer_hotline", "热线处理回复"),
];

/// What a deadline limits, in words; its name where there are none.
pub(super) fn duty(act: &str) -> &str {
    DUTIES.iter().find(|(name, _)| *name == act).map_or(act, |(_, words)| words)
}

pub(super) fn short(id: &str) -> &str {
    id.get(id.len().saturating_sub(12)..).unwrap_or(id)
}
