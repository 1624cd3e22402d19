//! For the appraisal: who stood out, who was at the bottom again and again, what stands against whom.

pub(crate) mod file;
pub(crate) mod sheets;

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    codes::RegionCode,
    deadline::day_of,
    ranking::{Row, run},
    report_period::ReportPeriod,
    violation::Violations,
};
use platform::{auth::Authority, reference::Snapshot};
use proto::publication::v1::{
    Award, AwardCandidate, BottomRun, Deduction, Dimension, FindingKind, RankingBasis,
};

use crate::{
    app::ranking::{Asked, Table, table},
    convert::appraisal::deduction_to_wire,
    entity::column::day_to_column,
    error::{Error, StatisticsError},
    state::Publication,
    store::appraisal::{VerifiedQuery, verified},
};

/// How many periods are looked at for a run: a year of months.
pub(crate) const LOOKED_BACK: u32 = 12;
/// For which findings a document can name a consequence of its own (HY22).
const WITH_CONSEQUENCE: [FindingKind; 3] =
    [FindingKind::Retaliation, FindingKind::Obstruction, FindingKind::Leak];

/// What a request of this service is about.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) region: RegionCode,
    pub(crate) period: ReportPeriod,
}

impl About {
    /// Reads it, and notes what is wrong.
    pub(crate) fn read(wrong: &mut Violations, region: &str, period: &str) -> Option<Self> {
        let region = wrong.take("region_code", RegionCode::parse(region));
        let period = wrong.take("period", ReportPeriod::parse(period));
        region.zip(period).map(|(region, period)| Self { region, period })
    }

    /// Refuses a region that is not the caller's, and a period that is not over.
    pub(crate) fn admit(&self, publication: &Publication, caller: &Authority) -> Result<(), Error> {
        if !caller.officer().reaches(self.region.as_str()) {
            return Err(StatisticsError::RegionNotFound.into());
        }
        let to = self.period.last();
        match day_of(publication.shell.clock.now()) <= to {
            true => Err(StatisticsError::PeriodNotOver { to }.into()),
            false => Ok(()),
        }
    }

    fn asked(&self, dimension: Dimension, period: ReportPeriod) -> Asked {
        Asked {
            dimension,
            region: self.region.clone(),
            agency: String::new(),
            line: String::new(),
            within_region: true,
            period,
        }
    }
}

/// What an award is for; none if none is stated.
pub(crate) fn dimension_of(award: Award) -> Option<Dimension> {
    match award {
        Award::BestWindow => Some(Dimension::Window),
        Award::ServiceStar => Some(Dimension::Staff),
        Award::Unspecified => None,
    }
}

/// The ranking of what serves in a region.
pub(crate) async fn ranking(
    publication: &Publication,
    about: &About,
    dimension: Dimension,
) -> Result<Table, Error> {
    table(publication, &about.asked(dimension, about.period)).await
}

/// Who can be proposed for an award, the highest lower end first. Without the caller: whoever is rated takes no
/// part, and would read off it what was found of them.
pub(crate) async fn candidates(
    publication: &Publication,
    caller: &Authority,
    about: &About,
    dimension: Dimension,
) -> Result<(RankingBasis, Vec<AwardCandidate>), Error> {
    let table = ranking(publication, about, dimension).await?;
    let rows = table.ranking.rows.iter();
    let mut best: Vec<&Row> = rows.filter(|row| table.ranking.is_among_the_best(row)).collect();
    best.sort_by(|one, other| other.lower.total_cmp(&one.lower).then(one.key.cmp(&other.key)));
    let known = publication.reference.now();
    best.retain(|row| identities(&known, about, &row.key).0 != caller.officer().id());
    let named: Vec<(String, String)> =
        best.iter().map(|row| identities(&known, about, &row.key)).collect();
    let all = named.iter().flat_map(|(id, agency)| [id.clone(), agency.clone()]);
    let query = VerifiedQuery {
        subjects: Some(all.collect::<BTreeSet<_>>().into_iter().collect()),
        ..query(about)
    };
    let found = verified(publication.store.read(), &query).await?.into_iter();
    let found: BTreeMap<String, u64> =
        found.map(|(id, of)| (id, of.kinds.values().sum())).collect();
    let count = |id: &str| {
        let n = found.get(id).copied().unwrap_or_default();
        u32::try_from(n).unwrap_or(u32::MAX)
    };
    let candidates = best.into_iter().zip(&named).map(|(row, (id, agency))| AwardCandidate {
        row: Some(table.row(row, false)),
        eligible: count(id) == 0,
        findings: count(id),
        agency_id: agency.clone(),
        agency_findings: count(agency),
    });
    Ok((table.basis(), candidates.collect()))
}

/// The identity that findings know a ranked value by, and its agency. Of staff both are in the key.
fn identities(known: &Snapshot, about: &About, key: &str) -> (String, String) {
    if let Some((agency, staff)) = key.split_once(' ') {
        return (staff.to_owned(), agency.to_owned());
    }
    let unit = known.unit(key, about.period.last());
    (key.to_owned(), unit.map(|unit| unit.agency_id.clone()).unwrap_or_default())
}

/// Who was at the bottom in at least so many periods without a break, the longest first; without the caller.
pub(crate) async fn bottom_runs(
    publication: &Publication,
    caller: &Authority,
    about: &About,
    dimension: Dimension,
    at_least: usize,
) -> Result<Vec<BottomRun>, Error> {
    let now = ranking(publication, about, dimension).await?;
    let mut bottoms = vec![at_the_bottom(&now)];
    let (mut unbroken, mut period) = (bottoms[0].clone(), about.period);
    for _ in 1..LOOKED_BACK {
        if unbroken.is_empty() {
            break;
        }
        period = period.before();
        let bottom = at_the_bottom(&table(publication, &about.asked(dimension, period)).await?);
        unbroken.retain(|key| bottom.contains(key));
        bottoms.push(bottom);
    }
    let known = publication.reference.now();
    let others = now.ranking.rows.iter();
    let others =
        others.filter(|row| identities(&known, about, &row.key).0 != caller.officer().id());
    let runs = others.map(|row| {
        let periods = run(bottoms.iter().map(|bottom| bottom.contains(&row.key)));
        (row, periods)
    });
    let mut runs: Vec<(&Row, usize)> = runs.filter(|(_, periods)| *periods >= at_least).collect();
    runs.sort_by(|(one, of), (other, than)| than.cmp(of).then(one.key.cmp(&other.key)));
    let runs = runs.into_iter().map(|(row, periods)| BottomRun {
        row: Some(now.row(row, false)),
        periods: u32::try_from(periods).unwrap_or(u32::MAX),
    });
    Ok(runs.collect())
}

fn at_the_bottom(table: &Table) -> BTreeSet<String> {
    let rows = table.ranking.rows.iter().filter(|row| table.ranking.is_at_the_bottom(row));
    rows.map(|row| row.key.clone()).collect()
}

/// What stands against whom, in order of their identities: those after one, at most so many.
pub(crate) async fn deductions(
    publication: &Publication,
    caller: &Authority,
    about: &About,
    after: Option<String>,
    subjects_at_most: Option<u64>,
) -> Result<Vec<Deduction>, Error> {
    let reader = Some(caller.officer().id().to_owned());
    let query = VerifiedQuery { reader, after, subjects_at_most, ..query(about) };
    let found = verified(publication.store.read(), &query).await?;
    let known = publication.reference.now();
    let profile = known.profile_on(about.region.as_str(), about.period.last());
    let consequence = profile.and_then(|profile| profile.retaliation_consequence.as_ref());
    let deductions = found.into_iter().map(|(subject_id, stands)| {
        let mut told = deduction_to_wire(subject_id, &stands.kinds, stands.subject);
        let grave = told.findings.iter().any(|of| WITH_CONSEQUENCE.contains(&of.kind()));
        if let Some(consequence) = consequence.filter(|_| grave) {
            told.consequence = consequence.value.clone();
        }
        told
    });
    Ok(deductions.collect())
}

fn query(about: &About) -> VerifiedQuery {
    VerifiedQuery {
        region: about.region.to_string(),
        from: day_to_column(about.period.first()),
        to: day_to_column(about.period.last()),
        ..VerifiedQuery::default()
    }
}
