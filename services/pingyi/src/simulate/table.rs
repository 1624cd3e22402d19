//! A simulation's report for people: what changed, first the counts, then examples.

use std::io::{self, Write};

use domain::simulate::{Change, DeadlineEnd, Figures, Mean, Object, Objection, Outcomes, Under};
use jiff::{Timestamp, civil::Date, tz};

use super::{Simulation, words};
use crate::columns::width;

/// Asia/Shanghai.
const CHINA_TIME: tz::Offset = tz::offset(8);
/// The most examples that are shown.
pub const EXAMPLES: usize = 50;
/// How wide the first column is.
const WIDE: usize = 62;

/// Writes the report.
///
/// # Errors
/// If it cannot be written.
pub fn write(simulated: &Simulation, out: &mut impl Write) -> io::Result<()> {
    let Simulation { report, profile, until, told } = simulated;
    let counts = &report.counts;
    let (policy, document) = (profile.policy(), &profile.document);
    let seconds = Timestamp::from_second(until.as_second()).unwrap_or(*until);
    let until = CHINA_TIME.to_datetime(seconds);
    writeln!(out, "Under 拟用实施细则 {policy} {document}, until 截至 {until}+08:00")?;
    writeln!(
        out,
        "From {} facts 事实: {} service acts 服务, {} ratings 评价, {} tickets 工单\n",
        told.facts, counts.acts, counts.ratings, counts.tickets
    )?;
    if !report.changed() {
        writeln!(out, "Nothing that facts show would have changed 数据所及没有变化\n")?;
    }
    head(out, "Counts 数量")?;
    let moved = [
        ("Windows that would end otherwise 评价期限变化", counts.windows_moved),
        ("Acts with another effective rating, or none 有效评价变化", counts.effective_moved),
    ];
    for (what, count) in moved {
        row(out, what, "", &count.to_string())?;
    }
    count(out, "Windows closed 评价期限已过", counts.windows_closed)?;
    for objection in Objection::ALL {
        let (_, en, zh) = words::objection(objection);
        let both = counts.objections.get(&objection).copied().unwrap_or_default();
        count(out, &format!("Ratings {en} {zh}"), both)?;
    }
    count(out, "Default ratings 默认评价", counts.defaults)?;
    count(
        out,
        "Tickets of ratings that came too late 超过评价期限的工单",
        counts.tickets_too_late,
    )?;
    let due = Under { old: counts.follow_ups.old.due, new: counts.follow_ups.new.due };
    count(out, "Closings that must be followed up 应回访", due)?;
    let done = Under { old: counts.follow_ups.old.done, new: counts.follow_ups.new.done };
    count(out, "  of these followed up 已回访", done)?;
    let unreviewed = counts.closed_unreviewed;
    count(out, "Closings that lack the Authority's acceptance 应审核未审核", unreviewed)?;
    if !counts.deadlines.is_empty() {
        let legend = "Deadlines 办理时限: met/missed/running/not known 按期/超期/未到期/无从判断";
        writeln!(out, "\n{legend}")?;
        for (subject, both) in &counts.deadlines {
            row(out, subject, &outcomes(&both.old), &outcomes(&both.new))?;
        }
    }
    figures(simulated, out)?;
    rules(simulated, out)?;
    left_out(simulated, out)?;
    examples(simulated, out)
}

fn figures(simulated: &Simulation, out: &mut impl Write) -> io::Result<()> {
    let moved = simulated.report.figures.iter().filter(|(_, both)| both.differs());
    let moved: Vec<_> = moved.collect();
    if moved.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    head(out, "Figures that differ 指标的差异")?;
    for (object, both) in moved.iter().take(EXAMPLES) {
        let name = match object {
            Object::Region(code) => format!("Region 地区 {code}"),
            Object::Agency(id) => format!("Agency 机构 {id}"),
            Object::Hall(id) => format!("Hall 大厅 {id}"),
            Object::Window(id) => format!("Window 窗口 {id}"),
            Object::Staff(id) => format!("Staff 人员 {id}"),
        };
        writeln!(out, "{name}")?;
        let with = |figures: &Figures| figures.satisfaction_with_defaults().to_string();
        let of = |rate: fn(&Figures) -> String| (rate(&both.old), rate(&both.new));
        let (old, new) = of(|figures| figures.satisfaction().to_string());
        row(out, "  satisfaction 满意率", &old, &new)?;
        row(out, "  with default ratings 含默认评价", &with(&both.old), &with(&both.new))?;
        let (old, new) = of(|figures| scores(figures, |sums| sums.active));
        row(out, "  mean score 平均分", &old, &new)?;
        let (old, new) = of(|figures| scores(figures, |sums| sums.with_defaults));
        row(out, "  with default ratings 含默认评价", &old, &new)?;
    }
    match moved.len().saturating_sub(EXAMPLES) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more, all of them with --json 其余见 --json"),
    }
}

fn rules(simulated: &Simulation, out: &mut impl Write) -> io::Result<()> {
    if simulated.report.rules.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nRules that differ 规定的差异")?;
    for rule in &simulated.report.rules {
        let mark = if rule.blind_spot.is_some() { "*" } else { " " };
        let (policy, field) = (&rule.policy, rule.field);
        writeln!(out, "{mark} {policy} {field}: {} → {} ({})", rule.old, rule.new, rule.clause)?;
    }
    Ok(())
}

fn left_out(simulated: &Simulation, out: &mut impl Write) -> io::Result<()> {
    let Simulation { report, told, .. } = simulated;
    writeln!(out, "\nLeft out 未计入")?;
    for (gap, count) in &report.gaps {
        let (_, en, zh) = words::gap(*gap);
        writeln!(out, "  {count} {en} {zh}")?;
    }
    if told.not_active > 0 {
        let zh = "非主动评价：按规定重新生成";
        writeln!(out, "  {} ratings nobody gave: made again by the rules {zh}", told.not_active)?;
    }
    if told.imported > 0 {
        let zh = "历史导入：由原系统的规定认定";
        writeln!(out, "  {} ratings from an earlier system, by its rules {zh}", told.imported)?;
    }
    if let Some(first) = &told.first_unread {
        writeln!(out, "  {} facts that cannot be read 无法读取 (first: {first})", told.unread)?;
    }
    for blind_spot in report.blind_spots() {
        let (_, en, zh) = words::blind_spot(blind_spot);
        let rules = report.rules.iter().filter(|rule| rule.blind_spot == Some(blind_spot));
        let mut fields: Vec<_> = rules.map(|rule| rule.field).collect();
        fields.sort_unstable();
        fields.dedup();
        writeln!(out, "  * {}: {en} {zh}", fields.join(", "))?;
    }
    for (_, en, zh) in words::ALWAYS {
        writeln!(out, "  {en} {zh}")?;
    }
    Ok(())
}

fn examples(simulated: &Simulation, out: &mut impl Write) -> io::Result<()> {
    let changes = &simulated.report.changes;
    if changes.is_empty() {
        return Ok(());
    }
    let shown = chosen(changes);
    writeln!(out, "\nExamples 举例 ({} of {})", shown.len(), changes.len())?;
    for change in shown {
        writeln!(out, "  {}", in_words(change))?;
    }
    Ok(())
}

/// As many of each kind as fit, so that one kind does not hide the others.
pub fn chosen(changes: &[Change]) -> Vec<&Change> {
    let kinds: Vec<&[Change]> = changes.chunk_by(|one, next| one.kind() == next.kind()).collect();
    let rounds = (0..EXAMPLES).flat_map(|n| kinds.iter().filter_map(move |kind| kind.get(n)));
    let mut shown: Vec<&Change> = rounds.take(EXAMPLES).collect();
    shown.sort_by_key(|change| change.kind());
    shown
}

fn in_words(change: &Change) -> String {
    let (_, en, zh) = words::kind(change);
    let named = format!("{en} {zh}");
    match *change {
        Change::Window { act, last_day, provisional, .. } => {
            let provisional = if provisional { " (provisional 暂定)" } else { "" };
            let (old, new) = (day(last_day.old), day(last_day.new));
            format!("{named}: act {act}: {old} → {new}{provisional}")
        }
        Change::Rating { rating, act, objection, met } => {
            let (_, en, zh) = words::objection(objection);
            let (old, new) = (refused(met.old), refused(met.new));
            format!("{named}: rating {rating} of act {act}: {en} {zh}: {old} → {new}")
        }
        Change::Effective { act, rating } => {
            let id = |id: Option<_>| id.map_or("–".to_owned(), |id| format!("{id}"));
            let (old, new) = (id(rating.old), id(rating.new));
            format!("{named}: act {act}: {old} → {new}")
        }
        Change::Default { act, level } => {
            let label = |level: Option<domain::level::Level>| {
                level.map_or("–", |level| level.label(domain::level::LabelSet::Satisfaction))
            };
            format!("{named}: act {act}: {} → {}", label(level.old), label(level.new))
        }
        Change::Deadline { ticket, opening, subject, due } => {
            let (old, new) = (due_in_words(due.old), due_in_words(due.new));
            format!("{named}: ticket {ticket}/{opening} {subject}: {old} → {new}")
        }
        Change::FollowUp { ticket, opening, due, done } => {
            let (old, new, done) = (must(due.old), must(due.new), yes(done));
            format!("{named}: ticket {ticket}/{opening}: {old} → {new}; done 已回访: {done}")
        }
        Change::Unreviewed { ticket, opening, against } => {
            let (old, new) = (refused(against.old), refused(against.new));
            format!("{named}: ticket {ticket}/{opening}: {old} → {new}")
        }
    }
}

fn day(day: Option<Date>) -> String {
    day.map_or("no end 不限".to_owned(), |day| day.to_string())
}

fn due_in_words(due: Option<DeadlineEnd>) -> String {
    due.map_or("–".to_owned(), |due| {
        let (_, en, zh) = words::outcome(due.outcome);
        let provisional = if due.provisional { " provisional 暂定" } else { "" };
        format!("{} {en} {zh}{provisional}", due.due_on)
    })
}

fn refused(refused: bool) -> &'static str {
    if refused { "refused 不可" } else { "allowed 可" }
}

fn must(must: bool) -> &'static str {
    if must { "due 应回访" } else { "not due 不要求" }
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes 是" } else { "no 否" }
}

fn scores(figures: &Figures, pick: fn(&domain::simulate::ScoreSum) -> Mean) -> String {
    let means: Vec<String> = figures.scores.values().map(|sums| mean(pick(sums))).collect();
    if means.is_empty() { "–".to_owned() } else { means.join(" + ") }
}

/// A mean in hundredths, rounded half up, and its parts.
fn mean(Mean { sum, count }: Mean) -> String {
    match (sum * 200 + count).checked_div(count * 2) {
        None => "– (0/0)".to_owned(),
        Some(hundredths) => {
            format!("{}.{:02} ({sum}/{count})", hundredths / 100, hundredths % 100)
        }
    }
}

fn outcomes(of: &Outcomes) -> String {
    format!("{}/{}/{}/{}", of.met, of.missed, of.running, of.not_told)
}

fn head(out: &mut impl Write, what: &str) -> io::Result<()> {
    row(out, what, "as it was 现行", "simulated 拟用")
}

fn count(out: &mut impl Write, what: &str, both: Under<u64>) -> io::Result<()> {
    row(out, what, &both.old.to_string(), &both.new.to_string())
}

fn row(out: &mut impl Write, what: &str, old: &str, new: &str) -> io::Result<()> {
    let pad = |text: &str, wide: usize| " ".repeat(wide.saturating_sub(width(text)));
    writeln!(out, "{what}{}{}{old}  {}{new}", pad(what, WIDE), pad(old, 20), pad(new, 20))
}
