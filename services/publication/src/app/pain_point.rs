//! Where complaints gather: which cells there are, and what each is compared with.
//!
//! A cell of a word is one only if five texts have it at least, for officers too: fewer say nothing, and so a
//! word leads to nobody's text.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    focus::{ComplaintCount, Sample, Window},
    pain_point::{Lift, PUBLIC_AT_LEAST, Trend, complaint_trend, trend},
};
use jiff::civil::Date;
use platform::{auth::Officer, reference::Snapshot};
use sea_orm::ConnectionTrait;

use crate::{
    error::{Error, PainPointError, StatisticsError},
    store::{
        pain_point::{Kind, Of, OnePoint, Query, Sum, Which, sums},
        statistics::fold::is_outdated,
    },
};

/// How many different counts are compared at once.
pub(crate) const MAX_ROWS: u64 = 200_000;

/// What a pain point is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) agency_id: String,
    pub(crate) item_code: String,
    pub(crate) stage: i16,
    pub(crate) kind: i16,
    pub(crate) reason: String,
}

impl Cell {
    /// Whether it is of a word.
    pub(crate) fn is_word(&self) -> bool {
        self.kind == Kind::Word as i16
    }

    /// As text, for the order of those that have as many: no identity holds a blank.
    pub(crate) fn text(&self) -> String {
        let Self { agency_id, item_code, stage, kind, reason } = self;
        format!("{agency_id} {item_code} {stage} {kind} {reason}")
    }

    fn point(&self) -> OnePoint<'_> {
        OnePoint {
            agency: &self.agency_id,
            item_code: &self.item_code,
            stage: self.stage,
            kind: kind_of(self.kind),
            reason: &self.reason,
        }
    }
}

fn kind_of(kind: i16) -> Kind {
    let all = [Kind::Negative, Kind::Reason, Kind::Complaint, Kind::Word];
    all.into_iter().find(|known| *known as i16 == kind).unwrap_or(Kind::Rated)
}

/// Whose pain points an officer reads: those of the agency they name, or of their own.
///
/// # Errors
/// If it is not theirs, or the counts are those of an earlier version.
pub(crate) async fn admit<'a>(
    connection: &impl ConnectionTrait,
    caller: &'a Officer,
    region: &str,
    named: &'a str,
) -> Result<Option<&'a str>, Error> {
    if !caller.reaches(region) {
        return Err(StatisticsError::RegionNotFound.into());
    }
    let named = Some(named).filter(|agency| !agency.is_empty());
    if let (Some(own), Some(named)) = (caller.agency(), named)
        && own != named
    {
        return Err(StatisticsError::AgencyNotFound.into());
    }
    rebuilt(connection).await?;
    Ok(caller.agency().or(named))
}

/// Refuses counts of an earlier version: it did not count complaints.
pub(crate) async fn rebuilt(connection: &impl ConnectionTrait) -> Result<(), Error> {
    match is_outdated(connection).await? {
        true => Err(StatisticsError::NotRebuilt.into()),
        false => Ok(()),
    }
}

/// Reads every count of a region but those of words.
///
/// # Errors
/// If there are too many to compare.
pub(crate) async fn read(
    connection: &impl ConnectionTrait,
    query: &Query<'_>,
) -> Result<Vec<Sum>, Error> {
    read_of(connection, query, Of { item: None, words: Which::None }).await
}

/// Reads the counts of words that enough texts have.
///
/// # Errors
/// If there are too many.
pub(crate) async fn common_words(
    connection: &impl ConnectionTrait,
    query: &Query<'_>,
) -> Result<Vec<Sum>, Error> {
    read_of(connection, query, Of { item: None, words: Which::Common(PUBLIC_AT_LEAST) }).await
}

/// Reads the counts of every word about an item: several of them may be one cell.
///
/// # Errors
/// If there are too many.
pub(crate) async fn words_about(
    connection: &impl ConnectionTrait,
    query: &Query<'_>,
    item: &str,
) -> Result<Vec<Sum>, Error> {
    read_of(connection, query, Of { item: Some((item, "")), words: Which::Common(1) }).await
}

/// Reads every count of some cells' words: also of those cells that have too few texts, since they are
/// among the peers.
///
/// # Errors
/// If there are too many.
pub(crate) async fn words_of<'a>(
    connection: &impl ConnectionTrait,
    query: &Query<'_>,
    cells: impl Iterator<Item = &'a Cell>,
) -> Result<Vec<Sum>, Error> {
    let words: BTreeSet<&String> =
        cells.filter(|cell| cell.is_word()).map(|cell| &cell.reason).collect();
    let words: Vec<String> = words.into_iter().cloned().collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    read_of(connection, query, Of { item: None, words: Which::Named(&words) }).await
}

async fn read_of(
    connection: &impl ConnectionTrait,
    query: &Query<'_>,
    of: Of<'_>,
) -> Result<Vec<Sum>, Error> {
    let rows = sums(connection, query, of, MAX_ROWS + 1).await?;
    match rows.len() as u64 > MAX_ROWS {
        true => Err(PainPointError::TooMany.into()),
        false => Ok(rows),
    }
}

/// The cells in which complaints were counted, of one agency or of all.
pub(crate) fn cells(sums: &[Sum], agency: Option<&str>) -> BTreeMap<Cell, u64> {
    let mut cells: BTreeMap<Cell, u64> = BTreeMap::new();
    let of_agency = |sum: &&Sum| agency.is_none_or(|agency| sum.agency_id == agency);
    for sum in sums.iter().filter(of_agency).filter(|sum| sum.kind != Kind::Rated as i16) {
        let cell = Cell {
            agency_id: sum.agency_id.clone(),
            item_code: sum.item_code.clone(),
            stage: sum.stage,
            kind: sum.kind,
            reason: sum.reason.clone(),
        };
        *cells.entry(cell).or_default() += number(sum);
    }
    cells
}

/// Those with the most complaints first.
pub(crate) fn ranked(cells: BTreeMap<Cell, u64>) -> Vec<(Cell, u64)> {
    let mut cells: Vec<(Cell, String, u64)> = cells
        .into_iter()
        .map(|(cell, count)| {
            let text = cell.text();
            (cell, text, count)
        })
        .collect();
    cells.sort_by(|one, other| other.2.cmp(&one.2).then_with(|| one.1.cmp(&other.1)));
    cells.into_iter().map(|(cell, _, count)| (cell, count)).collect()
}

/// Leaves out what an earlier page has, up to this many of this cell.
pub(crate) fn after(ranked: &mut Vec<(Cell, u64)>, last: Option<&(i64, String)>) {
    if let Some((n, text)) = last {
        let count = n.unsigned_abs();
        ranked.retain(|(cell, of)| *of < count || (*of == count && cell.text() > *text));
    }
}

/// An item's share, and that of the other items of its line at the same stages.
pub(crate) fn shares(sums: &[Sum], point: &OnePoint<'_>) -> (Sample, Sample) {
    let of_item = |sum: &&Sum| sum.item_code == point.item_code;
    let with_line = sums.iter().filter(of_item).filter(|sum| !sum.line_id.is_empty());
    let line = with_line.max_by_key(|sum| sum.n).map(|sum| sum.line_id.as_str());
    let (mut own, mut peers) = (Sample::default(), Sample::default());
    for sum in sums.iter().filter(|sum| point.stage == 0 || sum.stage == point.stage) {
        let sample = if sum.item_code != point.item_code {
            if Some(sum.line_id.as_str()) != line {
                continue;
            }
            &mut peers
        } else if point.agency.is_empty() || sum.agency_id == point.agency {
            &mut own
        } else {
            continue;
        };
        if sum.kind == Kind::Rated as i16 {
            sample.ratings += number(sum);
        } else if sum.kind == point.kind as i16 && sum.reason == point.reason {
            sample.poor += number(sum);
        }
    }
    // A share is at most all of it, whatever somebody did to the counts by hand.
    let whole = |of: Sample| Sample { poor: of.poor.min(of.ratings), ..of };
    (whole(own), whole(peers))
}

/// What a cell is compared with.
pub(crate) struct Compared {
    pub(crate) now: Sample,
    pub(crate) before: Sample,
    pub(crate) trend: Trend,
    /// None for complaints, and for an item of no line.
    pub(crate) lift: Option<Lift>,
}

/// Compares a cell with the days before and with its peers.
pub(crate) fn compare(
    cell: &Cell,
    window: Window,
    (now, before): (&[Sum], &[Sum]),
    compared: u64,
) -> Compared {
    let point = cell.point();
    let ((own, peers), (own_before, _)) = (shares(now, &point), shares(before, &point));
    if point.kind != Kind::Complaint {
        let trend = trend(window, own, own_before, compared);
        let lift = Lift::of(window, own, peers, compared);
        let lift = Some(lift).filter(|_| peers.ratings > 0);
        return Compared { now: own, before: own_before, trend, lift };
    }
    let (own, own_before) = (complaints(now, Some(cell)), complaints(before, Some(cell)));
    let (all, all_before) = (complaints(now, None), complaints(before, None));
    let rest = ComplaintCount { now: all - own, before: all_before - own_before };
    let of_cell = ComplaintCount { now: own, before: own_before };
    let sample = |poor| Sample { poor, ratings: 0 };
    Compared {
        now: sample(own),
        before: sample(own_before),
        trend: complaint_trend(window, of_cell, rest, compared),
        lift: None,
    }
}

/// How many complaints a cell has, or all have.
fn complaints(sums: &[Sum], cell: Option<&Cell>) -> u64 {
    let is_it = |sum: &&Sum| {
        cell.is_none_or(|cell| {
            sum.agency_id == cell.agency_id
                && sum.item_code == cell.item_code
                && sum.reason == cell.reason
        })
    };
    let complaints = sums.iter().filter(|sum| sum.kind == Kind::Complaint as i16);
    complaints.filter(is_it).map(number).sum()
}

/// A reason in the words of the list in force in a region on a day; empty if it has none.
pub(crate) fn reason_text(known: &Snapshot, region: &str, on: Date, code: &str) -> String {
    let of_region = known.profile_on(region, on).and_then(|profile| known.tags(profile));
    let tags = of_region.or_else(|| known.national_tags());
    let tag = tags.and_then(|list| list.tags.iter().find(|tag| tag.code == code));
    tag.map(|tag| tag.text.clone()).unwrap_or_default()
}

fn number(sum: &Sum) -> u64 {
    sum.n.unsigned_abs()
}
