//! Tickets in tables and sentences.

use std::io::{self, Write};

use domain::deadline::day_of;
use jiff::Timestamp;
use platform::{convert, words};
use proto::{
    ticketing::v1::{Step, Ticket},
    r#type::v1::{Deadline, DeadlineEnd},
};

use crate::{client::explain, columns::write_rows};

/// A list of tickets, one a line.
pub(super) fn write_list(
    tickets: &[Ticket],
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let head = ["工单编号", "期限", "状态", "等级", "经办人", "承办单位", "事项"];
    let mut rows: Vec<Vec<String>> = vec![head.map(str::to_owned).to_vec()];
    rows.extend(tickets.iter().map(|ticket| {
        let act = ticket.act.clone().unwrap_or_default();
        vec![
            ticket.ticket_id.clone(),
            next_due(ticket, now),
            words::state(ticket.state()).to_owned(),
            dash(words::level(ticket.level)),
            dash(&ticket.assignee),
            named(&ticket.agency_name, &ticket.agency_id),
            dash(&named(&ticket.item_name, &act.item_code)),
        ]
    }));
    write_rows(&rows, out)
}

/// A ticket with everything that is known of it.
pub(super) fn write_ticket(
    ticket: &Ticket,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let act = ticket.act.clone().unwrap_or_default();
    let both = |name: &str, code: &str| match (name, code) {
        ("", code) | (code, "") => code.to_owned(),
        (name, code) => format!("{name}（{code}）"),
    };
    let kind = words::matter(ticket.matter_kind());
    let opened_by = match kind {
        "" if !ticket.upper_number.is_empty() => format!("上级通报单 {}", ticket.upper_number),
        "" => format!("差评（共 {} 个）", ticket.rating_count),
        kind => format!("{kind} {} {}", ticket.matter_source, ticket.original_number),
    };
    let participants: Vec<String> = ticket
        .participants
        .iter()
        .map(|part| {
            let answered = if part.answered { "已答复" } else { "未答复" };
            format!("{} {answered}", both(&part.agency_name, &part.agency_id))
        })
        .collect();
    let yes = |yes: bool| if yes { "是" } else { "" };
    let lines = [
        ("工单编号", ticket.ticket_id.clone()),
        ("状态", words::state(ticket.state()).to_owned()),
        ("来源", opened_by.trim().to_owned()),
        ("开始时间", words::moment_of(ticket.opened_at.as_ref())),
        ("评价等级", words::level(ticket.level).to_owned()),
        ("原因标签", ticket.tag_names.join("、")),
        ("有评价文字", yes(ticket.has_text).to_owned()),
        ("实名", yes(ticket.real_name).to_owned()),
        ("事项", both(&ticket.item_name, &act.item_code)),
        ("大厅", both(&ticket.hall_name, &act.hall_id)),
        ("窗口", act.window_id),
        ("承办单位", both(&ticket.agency_name, &ticket.agency_id)),
        ("协办单位", participants.join("；")),
        ("经办人", ticket.assignee.clone()),
        ("核实结论", words::finding(ticket.finding()).to_owned()),
        ("不予采纳理由", words::ground(ticket.ground).to_owned()),
        ("主工单", ticket.main_ticket_id.clone()),
        ("再次发生", ticket.relapse_of.clone()),
    ];
    let lines = lines.into_iter().filter(|(_, words)| !words.is_empty());
    let lines: Vec<Vec<String>> = lines.map(|(what, words)| vec![what.to_owned(), words]).collect();
    write_rows(&lines, out)?;
    for effect in &ticket.effects {
        let at = words::moment_of(effect.published_at.as_ref());
        writeln!(out, "已修订事项  {} 第 {} 版，{at}", effect.item_code, effect.version)?;
    }
    writeln!(out, "\n时限")?;
    for deadline in &ticket.deadlines {
        write_deadline(deadline, now, out)?;
    }
    writeln!(out, "\n步骤（共 {} 步）", ticket.step_count)?;
    ticket.steps.iter().try_for_each(|step| write_step(step, out))
}

/// What came of a step, in one line.
pub(super) fn write_taken(ticket: &Ticket, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let state = words::state(ticket.state());
    let taken = ticket.steps.last().map_or_else(String::new, |step| {
        format!("第 {} 步“{}”已登记，", step.sequence, words::step(step.act.as_ref()).name)
    });
    let (id, due) = (&ticket.ticket_id, next_due(ticket, now));
    writeln!(out, "{taken}工单 {id} 现为“{state}”，期限：{due}")
}

fn write_deadline(deadline: &Deadline, now: Timestamp, out: &mut impl Write) -> io::Result<()> {
    let Deadline { number, due_on, clause, .. } = deadline;
    let ended = match deadline.end() {
        DeadlineEnd::Running | DeadlineEnd::Unspecified => running(deadline, now),
        DeadlineEnd::Superseded => format!(
            "已由第 {} 项代替 {}",
            deadline.superseded_by,
            words::moment_of(deadline.ended_at.as_ref())
        ),
        end => {
            let at = words::moment_of(deadline.ended_at.as_ref());
            format!("{} {at}", words::deadline_end(end))
        }
    };
    let late = if deadline.missed { "【逾期】" } else { "" };
    let provisional =
        if deadline.provisional { "（暂定，节假日安排尚未公布）" } else { "" };
    let duty = words::duty(&deadline.act);
    writeln!(out, "{number}. {duty}  截止 {due_on}{provisional}  {ended}{late}")?;
    writeln!(out, "   依据 {clause}")?;
    let Ok(known) = convert::deadline(deadline.clone()) else { return Ok(()) };
    explain::write_days(&known.derivation, "   ", out)
}

fn running(deadline: &Deadline, now: Timestamp) -> String {
    let last = deadline.due_on.as_str();
    if !deadline.missed && last == day_of(now).to_string() {
        return "计时中，今日到期".to_owned();
    }
    "计时中".to_owned()
}

fn write_step(step: &Step, out: &mut impl Write) -> io::Result<()> {
    let said = words::step(step.act.as_ref());
    let (at, by) = (words::moment_of(step.at.as_ref()), &step.by);
    writeln!(out, "{}. {at}  {by}  {}", step.sequence, said.name)?;
    for (what, words) in said.parts {
        // The further lines of a text stand below its first.
        writeln!(out, "   {what}：{}", words.replace('\n', "\n   "))?;
    }
    Ok(())
}

/// The nearest deadline that runs: its day, how near it is, and what it limits.
fn next_due(ticket: &Ticket, now: Timestamp) -> String {
    let runs = ticket.deadlines.iter().filter(|due| due.end() == DeadlineEnd::Running);
    let Some(next) = runs.min_by_key(|due| due.due_on.as_str()) else { return "–".to_owned() };
    let near = match next.missed {
        true => " 逾期",
        false if next.due_on == day_of(now).to_string() => " 今日",
        false => "",
    };
    format!("{}{near} {}", next.due_on, words::duty(&next.act))
}

fn named(name: &str, code: &str) -> String {
    if name.is_empty() { code.to_owned() } else { name.to_owned() }
}

fn dash(text: &str) -> String {
    if text.is_empty() { "–".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests;
