use platform::convert::to_wire;
use proto::{
    ticketing::v1::{Assignment, Contact, Means, Participant, step::Act},
    r#type::v1::{DayNote, DayUnit, Finding, Level, ServiceAct, TicketState},
};

use super::*;

fn at(text: &str) -> Option<prost_types::Timestamp> {
    Some(to_wire(text.parse().unwrap()))
}

fn now() -> Timestamp {
    "2026-03-04T02:00:00Z".parse().unwrap()
}

fn deadline(number: u32, act: &str, due_on: &str) -> Deadline {
    let day = |date: &str, counted_as, reason: &str| DayNote {
        date: date.to_owned(),
        counted_as,
        reason: reason.to_owned(),
    };
    Deadline {
        act: act.to_owned(),
        event: "rating_received".to_owned(),
        event_at: at("2026-03-02T01:00:00Z"),
        days: 1,
        unit: DayUnit::Working.into(),
        due_on: due_on.to_owned(),
        due_at: at("2026-03-03T16:00:00Z"),
        clause: "示例办法 第一条".to_owned(),
        derivation: vec![
            day("2026-03-02", 0, "当日不计（工作日）"),
            day("2026-03-03", 1, "工作日"),
        ],
        end: DeadlineEnd::Running.into(),
        number,
        ..Deadline::default()
    }
}

fn ticket() -> Ticket {
    let late = Deadline {
        end: DeadlineEnd::Met.into(),
        ended_at: at("2026-03-04T01:30:00Z"),
        missed: true,
        ..deadline(1, "first_contact", "2026-03-03")
    };
    let step = |sequence, act| Step {
        sequence,
        at: at("2026-03-02T02:00:00Z"),
        by: "officer-1".to_owned(),
        act: Some(act),
    };
    let contact =
        Contact {
            means: Means::Phone.into(), reached: true, note: "第一行\n第二行".to_owned()
        };
    Ticket {
        ticket_id: "01-a".to_owned(),
        state: TicketState::Contacted.into(),
        act: Some(ServiceAct {
            item_code: "1165".to_owned(),
            hall_id: "h1".to_owned(),
            ..ServiceAct::default()
        }),
        level: Level::VeryDissatisfied.into(),
        tag_names: vec!["态度差".to_owned(), "等候久".to_owned()],
        opened_at: at("2026-03-02T01:00:00Z"),
        deadlines: vec![late, deadline(2, "feed_back_clear", "2026-03-04")],
        item_name: "示例事项".to_owned(),
        agency_id: "a03".to_owned(),
        agency_name: "示例局".to_owned(),
        participants: vec![Participant {
            agency_id: "a04".to_owned(),
            agency_name: "示例处".to_owned(),
            answered: false,
        }],
        assignee: "s01".to_owned(),
        rating_count: 2,
        step_count: 2,
        steps: vec![
            step(1, Act::Assignment(Assignment { assignee: "s01".to_owned() })),
            step(2, Act::Contact(contact)),
        ],
        ..Ticket::default()
    }
}

fn told(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn t12_tickets_stand_below_each_other_with_what_runs_and_how_near_it_is() {
    let fresh = Ticket {
        ticket_id: "02-bcd".to_owned(),
        state: TicketState::Opened.into(),
        agency_id: "a05".to_owned(),
        deadlines: vec![Deadline { missed: true, ..deadline(1, "first_contact", "2026-03-03") }],
        ..Ticket::default()
    };
    let closed = Ticket {
        ticket_id: "03".to_owned(),
        state: TicketState::Confirmed.into(),
        level: Level::Dissatisfied.into(),
        finding: Finding::Clear.into(),
        deadlines: Vec::new(),
        ..ticket()
    };
    let expected = "\
工单编号  期限                                状态        等级        经办人  承办单位  事项
01-a      2026-03-04 今日 反馈（情况清楚的）  已回访核实  非常不满意  s01     示例局    示例事项
02-bcd    2026-03-03 逾期 首次联系            待指派      –           –       a05       –
03        –                                   已确认      不满意      s01     示例局    示例事项
";
    let list = told(|out| write_list(&[ticket(), fresh, closed], now(), out));
    assert_eq!(list, expected, "{list}");
}

#[test]
fn t12_a_ticket_is_shown_with_names_beside_codes_and_each_deadline_day_by_day() {
    let expected = "\
工单编号  01-a
状态      已回访核实
来源      差评（共 2 个）
开始时间  2026-03-02 09:00:00
评价等级  非常不满意
原因标签  态度差、等候久
事项      示例事项（1165）
大厅      h1
承办单位  示例局（a03）
协办单位  示例处（a04） 未答复
经办人    s01

时限
1. 首次联系  截止 2026-03-03  已完成 2026-03-04 09:30:00【逾期】
   依据 示例办法 第一条
   2026-03-02 周一    –  当日不计（工作日）
   2026-03-03 周二    1  工作日
2. 反馈（情况清楚的）  截止 2026-03-04  计时中，今日到期
   依据 示例办法 第一条
   2026-03-02 周一    –  当日不计（工作日）
   2026-03-03 周二    1  工作日

步骤（共 2 步）
1. 2026-03-02 10:00:00  officer-1  指派
   经办人：s01
2. 2026-03-02 10:00:00  officer-1  登记回访核实
   方式：电话
   联系上：是
   情况：第一行
   第二行
";
    let shown = told(|out| write_ticket(&ticket(), now(), out));
    assert_eq!(shown, expected, "{shown}");
}

#[test]
fn t12_what_came_of_a_step_is_one_line() {
    let taken = Ticket { steps: ticket().steps.split_off(1), ..ticket() };
    let expected = "第 2 步“登记回访核实”已登记，工单 01-a 现为“已回访核实”，\
                    期限：2026-03-04 今日 反馈（情况清楚的）\n";
    assert_eq!(told(|out| write_taken(&taken, now(), out)), expected);
}
