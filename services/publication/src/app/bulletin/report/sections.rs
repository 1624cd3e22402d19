//! The sections of a bulletin.

use domain::level::{LabelSet, Level};
use proto::publication::v1::{
    BulletinAgency, BulletinCase, BulletinContent, BulletinExclusion, BulletinProblem,
    BulletinRate, Figures, Rate as WireRate,
};

use super::{
    model::{Bar, Block, Point, Section, Table},
    words::{
        cell, change, exclusion, ground, percent, period_short, period_words, points, rate,
        shown_rate, state,
    },
};

/// With more agencies than this a chart would be longer than a page; the table has all of them.
const BARS: usize = 24;
/// Hundredths of a per cent of a whole.
const WHOLE: u64 = 10_000;

fn table(caption: &'static str, heads: &[&'static str], rows: Vec<Vec<String>>) -> Block {
    table_of(caption, 1, heads, rows)
}

fn table_of(
    caption: &'static str,
    words: usize,
    heads: &[&'static str],
    rows: Vec<Vec<String>>,
) -> Block {
    Block::Table(Table { caption, words, heads: heads.to_vec(), rows })
}

fn given(figures: &Figures) -> u64 {
    figures.levels.iter().map(|level| level.count).sum()
}

fn of(figures: &Option<Figures>) -> Figures {
    figures.clone().unwrap_or_default()
}

/// The reader's own part.
pub(super) fn own(part: &BulletinAgency) -> Section {
    let rows = [
        ("有效评价（件）", cell(part.ratings.as_ref())),
        ("其中差评（件）", cell(part.negative.as_ref())),
        ("满意率", shown_rate(part.satisfaction.as_ref())),
        ("上期满意率", shown_rate(part.satisfaction_before.as_ref())),
        ("上年同期满意率", shown_rate(part.satisfaction_year_before.as_ref())),
        ("参评率", shown_rate(part.participation.as_ref())),
        ("受理工单（件）", cell(part.opened.as_ref())),
        ("按期办理（件）", cell(part.on_time.as_ref())),
        ("逾期（件）", cell(part.late.as_ref())),
        ("已整改（件）", cell(part.rectified.as_ref())),
        ("评价人已确认（件）", cell(part.confirmed.as_ref())),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    Section {
        heading: format!("本单位情况：{}", part.name),
        blocks: vec![table("仅供本单位使用，为完整数据", &["指标", "本期"], rows)],
    }
}

/// The few sentences that everyone reads.
pub(super) fn summary(content: &BulletinContent) -> String {
    let (now, before) = (of(&content.figures), of(&content.before));
    let year_before = of(&content.year_before);
    let tickets = now.tickets.unwrap_or_default();
    let satisfaction = now.satisfaction.as_ref();
    let mut said = format!("本期评价人作出有效评价{}件", given(&now));
    if let Some(points) = points(satisfaction) {
        said.push_str(&format!("，满意率{}", percent(Some(points))));
    }
    for (than, earlier) in [("上期", &before), ("上年同期", &year_before)] {
        if let Some(change) = change(satisfaction, earlier.satisfaction.as_ref()) {
            said.push_str(&format!("，较{than}{change}"));
        }
    }
    said.push_str(&format!(
        "。受理差评工单{}件，已反馈{}件，其中按期{}件；逾期{}件；已整改{}件，评价人确认满意{}件。",
        tickets.opened,
        tickets.fed_back,
        tickets.on_time,
        tickets.late,
        tickets.rectified,
        tickets.confirmed,
    ));
    said
}

/// A rate of a region's figures.
type OfFigures = fn(&Figures) -> Option<&WireRate>;

pub(super) fn overall(content: &BulletinContent) -> Vec<Block> {
    let all = [of(&content.figures), of(&content.before), of(&content.year_before)];
    let row = |name: &str, of: &dyn Fn(&Figures) -> String| {
        let mut cells = vec![name.to_owned()];
        cells.extend(all.iter().map(of));
        cells
    };
    let rates: [(&str, OfFigures); 7] = [
        ("满意率", |of| of.satisfaction.as_ref()),
        ("满意率（含默认评价）", |of| of.satisfaction_with_defaults.as_ref()),
        ("参评率", |of| of.participation.as_ref()),
        ("整改率", |of| of.rectification.as_ref()),
        ("回访率", |of| of.follow_up.as_ref()),
        ("实名差评回访整改率", |of| of.real_name_handled.as_ref()),
        ("整改满意率", |of| of.handling_satisfaction.as_ref()),
    ];
    let mut figures = vec![row("有效评价（件）", &|of| given(of).to_string())];
    figures.extend(rates.iter().map(|(name, of)| row(name, &|figures| rate(of(figures)))));
    let levels = Level::ALL.into_iter().zip(&all[0].levels).map(|(level, one)| Bar {
        name: level.label(LabelSet::Satisfaction).to_owned(),
        length: one.count,
        value: format!("{}件", one.count),
        bad: level.is_negative(),
    });
    let levels: Vec<Bar> = levels.collect();
    let counts = levels.iter().map(|bar| vec![bar.name.clone(), bar.length.to_string()]).collect();
    let points = content.trend.iter().map(|one| Point {
        name: period_short(&one.period),
        value: points(one.satisfaction.as_ref()),
    });
    let series = content.trend.iter().map(|one| {
        let all = one.ratings.to_string();
        vec![period_words(&one.period), all, rate(one.satisfaction.as_ref())]
    });
    let (levels_title, trend_title) = ("本期评价等级分布", "满意率走势");
    vec![
        table("主要指标", &["指标", "本期", "上期", "上年同期"], figures),
        Block::Bars { id: "levels", title: levels_title, full: 0, bars: levels },
        table(levels_title, &["等级", "件数"], counts),
        Block::Line { id: "trend", title: trend_title, points: points.collect() },
        table(trend_title, &["统计期", "有效评价（件）", "满意率"], series.collect()),
    ]
}

pub(super) fn agencies(content: &BulletinContent) -> Vec<Block> {
    if content.agencies.is_empty() {
        return vec![Block::Text("本期没有可统计的部门。".to_owned())];
    }
    let bars = content.agencies.iter().map(|part| {
        let told = part.satisfaction.as_ref();
        let length = told.and_then(|told| points(told.rate.as_ref())).unwrap_or_default();
        Bar { name: part.name.clone(), length, value: shown_rate(told), bad: false }
    });
    let bars: Vec<Bar> = bars.collect();
    let row = |part: &BulletinAgency| {
        let rates: [&Option<BulletinRate>; 4] = [
            &part.satisfaction,
            &part.satisfaction_before,
            &part.satisfaction_year_before,
            &part.participation,
        ];
        let mut cells =
            vec![part.name.clone(), cell(part.ratings.as_ref()), cell(part.negative.as_ref())];
        cells.extend(rates.into_iter().map(|told| shown_rate(told.as_ref())));
        cells
    };
    let rows = content.agencies.iter().map(row).collect();
    let heads = ["部门", "有效评价", "差评", "满意率", "上期", "上年同期", "参评率"];
    let mut blocks = Vec::new();
    if bars.len() <= BARS {
        blocks.push(Block::Bars { id: "agencies", title: "各部门满意率", full: WHOLE, bars });
    }
    blocks.push(table("各部门满意率及评价情况", &heads, rows));
    if content.agencies_left_out > 0 {
        blocks.push(Block::Text(format!("另有{}个部门未列示。", content.agencies_left_out)));
    }
    blocks
}

pub(super) fn handling(content: &BulletinContent) -> Vec<Block> {
    let tickets = of(&content.figures).tickets.unwrap_or_default();
    let before = of(&content.before).tickets.unwrap_or_default();
    let counts = [
        ("受理", tickets.opened, before.opened, false),
        ("已反馈", tickets.fed_back, before.fed_back, false),
        ("按期反馈", tickets.on_time, before.on_time, false),
        ("逾期", tickets.late, before.late, true),
        ("已整改", tickets.rectified, before.rectified, false),
        ("已办结", tickets.closed, before.closed, false),
        ("评价人已确认", tickets.confirmed, before.confirmed, false),
        ("再次发生", tickets.relapsed, before.relapsed, true),
    ];
    let bars = counts.iter().map(|(name, length, _, bad)| Bar {
        name: (*name).to_owned(),
        length: *length,
        value: format!("{length}件"),
        bad: *bad,
    });
    let bars = bars.collect();
    let rows = counts
        .iter()
        .map(|(name, now, before, _)| vec![(*name).to_owned(), now.to_string(), before.to_string()])
        .collect();
    let title = "差评工单办理情况";
    let mut blocks = vec![
        Block::Bars { id: "tickets", title, full: 0, bars },
        table("差评工单办理情况（件）", &["环节", "本期", "上期"], rows),
    ];
    let row = |part: &BulletinAgency| {
        let counts = [&part.opened, &part.on_time, &part.late, &part.rectified, &part.confirmed];
        let mut cells = vec![part.name.clone()];
        cells.extend(counts.into_iter().map(|told| cell(told.as_ref())));
        cells
    };
    if !content.agencies.is_empty() {
        let heads = ["部门", "受理", "按期", "逾期", "已整改", "已确认"];
        let rows = content.agencies.iter().map(row).collect();
        blocks.push(table("各部门差评工单办理情况（件）", &heads, rows));
    }
    blocks
}

pub(super) fn problems(content: &BulletinContent) -> Vec<Block> {
    if content.problems.is_empty() {
        return vec![Block::Text("本期没有差评不少于5件的事项。".to_owned())];
    }
    let row = |problem: &BulletinProblem| {
        vec![
            named(&problem.item_name, &problem.item_code),
            problem.agency_name.clone(),
            problem.negative.to_string(),
            cell(problem.negative_before.as_ref()),
            cell(problem.ratings.as_ref()),
            cell(problem.late.as_ref()),
            cell(problem.relapsed.as_ref()),
        ]
    };
    let heads = ["事项", "部门", "差评", "上期差评", "有效评价", "逾期工单", "再次发生"];
    let rows = content.problems.iter().map(row).collect();
    let mut blocks = vec![table_of("差评较集中的事项（件）", 2, &heads, rows)];
    let reasons = content.problems.iter().flat_map(|problem| {
        problem.reasons.iter().map(|reason| {
            let item = named(&problem.item_name, &problem.item_code);
            vec![item, named(&reason.text, &reason.tag_code), reason.count.to_string()]
        })
    });
    let reasons: Vec<Vec<String>> = reasons.collect();
    if !reasons.is_empty() {
        blocks.push(table_of(
            "群众选得最多的差评原因（次）",
            2,
            &["事项", "原因", "次数"],
            reasons,
        ));
    }
    blocks
}

/// A name, or the code of what has none.
fn named(name: &str, code: &str) -> String {
    match (name.is_empty(), code.is_empty()) {
        (false, _) => name.to_owned(),
        (true, false) => code.to_owned(),
        (true, true) => "—".to_owned(),
    }
}

fn cases(caption: &'static str, cases: &[BulletinCase]) -> Vec<Block> {
    let row = |case: &BulletinCase| {
        let mut said = state(case.state()).to_owned();
        if case.late {
            said.push_str("，逾期");
        }
        if case.relapsed {
            said.push_str("，再次发生");
        }
        vec![
            named(&case.item_name, &case.item_code),
            case.agency_name.clone(),
            case.opened_on.clone(),
            case.state_on.clone(),
            said,
        ]
    };
    let heads = ["事项", "部门", "受理日", "最近进展", "状态"];
    vec![table_of(caption, heads.len(), &heads, cases.iter().map(row).collect())]
}

pub(super) fn good_cases(content: &BulletinContent) -> Vec<Block> {
    match content.good_cases.as_slice() {
        [] => vec![Block::Text("本期没有符合条件的案例。".to_owned())],
        good => cases("按期整改、评价人确认满意", good),
    }
}

pub(super) fn adverse_cases(content: &BulletinContent) -> Vec<Block> {
    match content.adverse_cases.as_slice() {
        [] => vec![Block::Text("本期没有逾期未反馈或逾期且再次发生的工单。".to_owned())],
        adverse => cases("逾期未反馈，或逾期且再次发生", adverse),
    }
}

pub(super) fn excluded(content: &BulletinContent) -> Vec<Block> {
    let row = |one: &BulletinExclusion| {
        let kind = exclusion(one.kind()).to_owned();
        vec![ground(one.ground()).to_owned(), kind, cell(one.count.as_ref())]
    };
    let mut blocks = match content.excluded.as_slice() {
        [] => vec![Block::Text("本期没有单独列示的不予采纳或撤销的评价。".to_owned())],
        shown => {
            let rows = shown.iter().map(row).collect();
            vec![table_of("按原因统计（件）", 2, &["原因", "处理", "件数"], rows)]
        }
    };
    if content.excluded_private > 0 {
        let hidden = content.excluded_private;
        let said = format!("另有评价人选择不公开的至少{hidden}件（以5件为单位）。");
        blocks.push(Block::Text(said));
    }
    blocks
}
