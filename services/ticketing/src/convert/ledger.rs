//! Rows of the ledger: what an officer looks for first stands first. Names stand beside codes; nothing
//! leads to a rater.

use domain::codes::harmless_cell;
use platform::words;
use proto::{
    ticketing::v1::{Step, Ticket},
    r#type::v1::{Deadline, DeadlineEnd, TicketState},
};

/// The columns of a ticket.
pub(crate) const TICKET_COLUMNS: [&str; 25] = [
    "工单编号",
    "开始时间",
    "状态",
    "来源",
    "原编号",
    "评价等级",
    "原因标签",
    "差评数",
    "实名",
    "事项编码",
    "事项名称",
    "行政区划",
    "单位编码",
    "承办单位",
    "协办单位",
    "大厅",
    "窗口编码",
    "经办人",
    "核实结论",
    "不予采纳理由",
    "各项时限",
    "是否逾期",
    "办结时间",
    "回访",
    "关联工单",
];

/// The columns of a step.
pub(crate) const STEP_COLUMNS: [&str; 6] =
    ["工单编号", "步骤", "时间", "办理人", "办理步骤", "内容"];

/// A ticket's cells, in the order of [`TICKET_COLUMNS`].
pub(crate) fn ticket_cells(ticket: &Ticket, closed_at: Option<jiff::Timestamp>) -> Vec<String> {
    let act = ticket.act.clone().unwrap_or_default();
    let yes = |yes: bool| if yes { "是" } else { "否" }.to_owned();
    let deadlines: Vec<String> = ticket.deadlines.iter().map(deadline).collect();
    let part = |name: &str, id: &str| if name.is_empty() { id.to_owned() } else { name.to_owned() };
    let parts: Vec<String> = ticket
        .participants
        .iter()
        .map(|of| {
            let answered = if of.answered { "已答复" } else { "未答复" };
            format!("{}（{answered}）", part(&of.agency_name, &of.agency_id))
        })
        .collect();
    let linked = [("主工单", &ticket.main_ticket_id), ("再次发生", &ticket.relapse_of)];
    let linked = linked.iter().filter(|(_, id)| !id.is_empty());
    let linked: Vec<String> = linked.map(|(what, id)| format!("{what}：{id}")).collect();
    let cells = [
        ticket.ticket_id.clone(),
        words::moment_of(ticket.opened_at.as_ref()),
        words::state(ticket.state()).to_owned(),
        opened_by(ticket).to_owned(),
        ticket.original_number.clone(),
        words::level(ticket.level).to_owned(),
        ticket.tag_names.join("、"),
        ticket.rating_count.to_string(),
        yes(ticket.real_name),
        act.item_code,
        ticket.item_name.clone(),
        act.region_code,
        ticket.agency_id.clone(),
        ticket.agency_name.clone(),
        parts.join("\n"),
        ticket.hall_name.clone(),
        act.window_id,
        ticket.assignee.clone(),
        words::finding(ticket.finding()).to_owned(),
        words::ground(ticket.ground).to_owned(),
        deadlines.join("\n"),
        yes(ticket.deadlines.iter().any(|deadline| deadline.missed)),
        closed_at.map(words::moment).unwrap_or_default(),
        followed_up(ticket).to_owned(),
        linked.join("\n"),
    ];
    cells.iter().map(|cell| harmless_cell(cell).into_owned()).collect()
}

/// A step's cells, in the order of [`STEP_COLUMNS`].
pub(crate) fn step_cells(ticket_id: &str, step: &Step) -> Vec<String> {
    let said = words::step(step.act.as_ref());
    let cells = [
        ticket_id.to_owned(),
        step.sequence.to_string(),
        words::moment_of(step.at.as_ref()),
        step.by.clone(),
        said.name.to_owned(),
        said.text(),
    ];
    cells.iter().map(|cell| harmless_cell(cell).into_owned()).collect()
}

fn opened_by(ticket: &Ticket) -> &'static str {
    match words::matter(ticket.matter_kind()) {
        "" if !ticket.upper_number.is_empty() => "上级通报单",
        "" => "差评",
        kind => kind,
    }
}

/// What it limits, until when, and how it ended; late or not.
fn deadline(deadline: &Deadline) -> String {
    let Deadline { due_on, missed, .. } = deadline;
    let (duty, end) = (words::duty(&deadline.act), words::deadline_end(deadline.end()));
    let ended = match deadline.end() {
        DeadlineEnd::Running => String::new(),
        _ => format!(" {}", words::moment_of(deadline.ended_at.as_ref())),
    };
    let late = if *missed { "，逾期" } else { "" };
    let provisional = if deadline.provisional { "（暂定）" } else { "" };
    format!("{duty} {due_on}{provisional} {end}{ended}{late}")
}

fn followed_up(ticket: &Ticket) -> &'static str {
    match ticket.state() {
        TicketState::Confirmed => "已回访，满意",
        TicketState::Closed => "未确认",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{Finding, Level};

    use super::*;

    #[test]
    fn t14_a_ticket_has_a_cell_for_each_column_and_nothing_of_its_raters() {
        let due = Deadline {
            act: "first_contact".to_owned(),
            due_on: "2026-03-03".to_owned(),
            end: DeadlineEnd::Met.into(),
            ended_at: Some(platform::convert::to_wire("2026-03-04T01:00:00Z".parse().unwrap())),
            missed: true,
            ..Deadline::default()
        };
        let ticket = Ticket {
            ticket_id: "t".to_owned(),
            state: TicketState::Closed.into(),
            level: Level::Dissatisfied.into(),
            finding: Finding::Clear.into(),
            rating_ids: vec!["the-rating".to_owned()],
            rating_count: 1,
            item_name: "=1+1".to_owned(),
            deadlines: vec![due],
            ..Ticket::default()
        };
        let cells = ticket_cells(&ticket, None);
        assert_eq!(cells.len(), TICKET_COLUMNS.len());
        let cell = |name: &str| {
            let at = TICKET_COLUMNS.iter().position(|column| *column == name);
            cells[at.unwrap()].as_str()
        };
        assert_eq!((cell("状态"), cell("来源"), cell("评价等级")), ("已办结", "差评", "不满意"));
        assert_eq!(cell("各项时限"), "首次联系 2026-03-03 已完成 2026-03-04 09:00:00，逾期");
        assert_eq!((cell("是否逾期"), cell("事项名称")), ("是", "'=1+1"));
        assert!(!cells.join("|").contains("the-rating"));
        let step = Step { sequence: 1, by: "@officer".to_owned(), ..Step::default() };
        let step = step_cells("t", &step);
        assert_eq!((step.len(), step[3].as_str()), (STEP_COLUMNS.len(), "'@officer"));
    }
}
