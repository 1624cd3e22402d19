//! The tables for the appraisal, as rows of cells. They name units, and of persons the identity alone.

use domain::{
    codes::harmless_cell,
    ranking::{RANKED_FROM, points},
};
use platform::auth::Authority;
use proto::publication::v1::{
    AppraisalTable, Deduction, Dimension, FindingKind, FindingSubject, RankingRow, Rate,
};

use super::{About, candidates, deductions, ranking};
use crate::{error::Error, state::Publication};

/// The columns of a ranking.
const SCORES: [&str; 18] = [
    "名次（起）",
    "名次（止）",
    "编码",
    "名称",
    "所属机构",
    "综合得分（%）",
    "区间下限（%）",
    "区间上限（%）",
    "折合分值",
    "原始得分（%）",
    "同类事项预期（%）",
    "计算评价数",
    "可比评价数",
    "满意率（%）",
    "参评率（%）",
    "其中纸质录入",
    "默认评价（不计）",
    "历史导入（不计）",
];
/// What candidates have before those.
const CANDIDATES: [&str; 3] = ["评选资格", "本人（窗口）查实问题数", "所属机构查实问题数"];
const DEDUCTIONS: [&str; 7] =
    ["对象类别", "编码", "名称", "查实问题", "数量", "评选资格", "文件规定的后果"];

/// A table of cells that no spreadsheet takes for formulas.
pub(crate) struct Sheet {
    pub(crate) name: &'static str,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

/// Makes a table; none if none is stated.
pub(crate) async fn sheet(
    publication: &Publication,
    caller: &Authority,
    about: &About,
    which: AppraisalTable,
) -> Result<Option<Sheet>, Error> {
    let names = Names { publication, about };
    let (name, columns, rows) = match which {
        AppraisalTable::Unspecified => return Ok(None),
        AppraisalTable::Agencies => {
            ("机构评价得分", SCORES.to_vec(), scores(&names, Dimension::Agency).await?)
        }
        AppraisalTable::Windows => {
            ("窗口评价得分", SCORES.to_vec(), scores(&names, Dimension::Window).await?)
        }
        AppraisalTable::Staff => {
            ("工作人员评价得分", SCORES.to_vec(), scores(&names, Dimension::Staff).await?)
        }
        AppraisalTable::BestWindows => {
            ("最佳服务窗口候选", of_candidates(), awards(&names, caller, Dimension::Window).await?)
        }
        AppraisalTable::ServiceStars => {
            ("最佳服务之星候选", of_candidates(), awards(&names, caller, Dimension::Staff).await?)
        }
        AppraisalTable::Deductions => {
            let all = deductions(publication, caller, about, None, None).await?;
            let rows = all.iter().flat_map(|one| names.deduction(one)).collect();
            ("查实问题", DEDUCTIONS.to_vec(), rows)
        }
    };
    let harmless = |row: Vec<String>| -> Vec<String> {
        row.into_iter().map(|cell| harmless_cell(&cell).into_owned()).collect()
    };
    Ok(Some(Sheet { name, columns, rows: rows.into_iter().map(harmless).collect() }))
}

fn of_candidates() -> Vec<&'static str> {
    CANDIDATES.into_iter().chain(SCORES).collect()
}

async fn scores(names: &Names<'_>, dimension: Dimension) -> Result<Vec<Vec<String>>, Error> {
    let table = ranking(names.publication, names.about, dimension).await?;
    let rows = table.ranking.rows.iter().map(|row| {
        let in_points = table.scores().filter(|_| row.band.is_some());
        let in_points = in_points.map(|scores| format!("{:.2}", points(scores, row.score)));
        names.scores(&table.row(row, false), in_points.unwrap_or_default())
    });
    Ok(rows.collect())
}

async fn awards(
    names: &Names<'_>,
    caller: &Authority,
    dimension: Dimension,
) -> Result<Vec<Vec<String>>, Error> {
    let (basis, all) = candidates(names.publication, caller, names.about, dimension).await?;
    let rows = all.into_iter().map(|candidate| {
        let row = candidate.row.unwrap_or_default();
        let in_points = match basis.full_marks {
            0 => String::new(),
            full => format!("{:.2}", f64::from(full) * f64::from(row.score) / 10_000.0),
        };
        let is_eligible = if candidate.eligible { "具备" } else { "取消" };
        let mut cells = vec![
            is_eligible.to_owned(),
            candidate.findings.to_string(),
            candidate.agency_findings.to_string(),
        ];
        cells.extend(names.scores(&row, in_points));
        cells
    });
    Ok(rows.collect())
}

/// What things are called.
struct Names<'a> {
    publication: &'a Publication,
    about: &'a About,
}

impl Names<'_> {
    /// A unit's name and its agency's; of staff, whose key has the agency before it, only the latter.
    fn of(&self, key: &str) -> [String; 3] {
        let known = self.publication.reference.now();
        let unit = |id: &str| known.unit(id, self.about.period.last()).cloned();
        let name = |id: &str| unit(id).map(|unit| unit.name).unwrap_or_default();
        match key.split_once(' ') {
            Some((agency, staff)) => [staff.to_owned(), String::new(), name(agency)],
            None => {
                let agency = unit(key).map(|unit| unit.agency_id).unwrap_or_default();
                [key.to_owned(), name(key), name(&agency)]
            }
        }
    }

    fn scores(&self, row: &RankingRow, in_points: String) -> Vec<String> {
        let is_ranked = row.place_from > 0;
        let of_ranked = |text: String| if is_ranked { text } else { String::new() };
        let (from, to) = match is_ranked {
            true => (row.place_from.to_string(), row.place_to.to_string()),
            false => (format!("未排名：评价不足{RANKED_FROM}条"), String::new()),
        };
        let mut cells = vec![from, to];
        cells.extend(self.of(&row.key));
        let values = [row.score, row.lower, row.upper].map(|value| of_ranked(percent(value)));
        cells.extend(values);
        cells.push(in_points);
        cells.extend([row.observed, row.expected].map(|value| of_ranked(percent(value))));
        cells.extend([row.ratings.to_string(), of_ranked(row.comparable.to_string())]);
        cells.extend([row.satisfaction, row.participation].map(rate));
        cells.extend([row.paper, row.defaults, row.imported].map(|count| count.to_string()));
        cells
    }

    fn deduction(&self, one: &Deduction) -> Vec<Vec<String>> {
        let [id, name, _] = self.of(&one.subject_id);
        let (subject, name) = match one.subject() {
            FindingSubject::Unit | FindingSubject::Unspecified => ("单位", name),
            FindingSubject::Window => ("窗口", name),
            FindingSubject::Staff => ("工作人员", String::new()),
            FindingSubject::Terminal => ("自助服务终端", name),
        };
        let row = |kind: FindingKind, count: u32| {
            let texts = [subject, id.as_str(), name.as_str(), kind_name(kind)].map(str::to_owned);
            let mut cells = texts.to_vec();
            cells.extend([count.to_string(), "取消".to_owned(), one.consequence.clone()]);
            cells
        };
        one.findings.iter().map(|of| row(of.kind(), of.count)).collect()
    }
}

fn kind_name(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Unspecified => "",
        FindingKind::FakedPraise => "刷好评等弄虚作假",
        FindingKind::StaffMeasure => "查实的差评并采取措施",
        FindingKind::Retaliation => "打击报复",
        FindingKind::Obstruction => "干扰、强迫评价",
        FindingKind::Leak => "泄露评价人信息",
        FindingKind::LateRectification => "逾期整改",
        FindingKind::MisconductTransferred => "移交有关部门",
    }
}

fn percent(basis_points: u32) -> String {
    format!("{}.{:02}", basis_points / 100, basis_points % 100)
}

fn rate(rate: Option<Rate>) -> String {
    let parts = rate.unwrap_or_default();
    let rate =
        domain::statistics::Rate { numerator: parts.numerator, denominator: parts.denominator };
    let basis_points = rate.basis_points().and_then(|points| u32::try_from(points).ok());
    basis_points.map(percent).unwrap_or_default()
}
