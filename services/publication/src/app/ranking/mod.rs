//! A ranking, from the figures and the profile in force.

pub(crate) mod answer;

use std::collections::BTreeMap;

use domain::{
    codes::RegionCode,
    deadline::day_of,
    profile::Scores,
    ranking::{Ranking, Unit, Worth, rank},
    report_period::ReportPeriod,
    score::{ScoredBy, scored_by},
};
use platform::reference::Snapshot;
use proto::{
    catalog::v1::{Unit as WireUnit, UnitKind},
    publication::v1::Dimension,
};

use crate::{
    app::statistics::answer::rated_object,
    error::{Error, RankingError, StatisticsError},
    state::Publication,
    store::statistics::{
        dimensions::{has_mix, mix_key, staff_key},
        figures::{Counts, FigureQuery, Keys, figures},
        fold::is_outdated,
        items::ItemQuery,
        measures::Measure,
        mixes::{self, MixQuery, Mixes},
    },
};

/// How many values a ranking has at most: an answer of any page is computed from all of them.
const MOST: usize = 2_000;

/// What is ranked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) dimension: Dimension,
    pub(crate) region: RegionCode,
    /// Only of this agency; empty for all.
    pub(crate) agency: String,
    /// Only of this business line; empty for all.
    pub(crate) line: String,
    /// Of items and lines only what belongs to the region; of all others that is so anyway.
    pub(crate) within_region: bool,
    pub(crate) period: ReportPeriod,
}

/// A ranking, with what stands beside it.
pub(crate) struct Table {
    pub(crate) ranking: Ranking,
    counts: BTreeMap<String, Counts>,
    period: ReportPeriod,
    scored: Option<Scored>,
}

/// By which points.
struct Scored {
    by: ScoredBy,
    scores: Scores,
    policy: String,
    clause: String,
}

impl Table {
    /// What the levels are worth, if the score is ranked and not satisfaction.
    pub(crate) fn scores(&self) -> Option<Scores> {
        self.scored.as_ref().map(|scored| scored.scores)
    }
}

/// Makes a ranking.
pub(crate) async fn table(publication: &Publication, asked: &Asked) -> Result<Table, Error> {
    let (period, dimension) = (asked.period, asked.dimension);
    let to = period.last();
    if day_of(publication.shell.clock.now()) <= to {
        return Err(StatisticsError::PeriodNotOver { to }.into());
    }
    let read = publication.store.read();
    // Before the figures: they may be rebuilt in between.
    if is_outdated(read).await? {
        return Err(StatisticsError::NotRebuilt.into());
    }
    let known = publication.reference.now();
    let scored = scored(&known, asked);
    let start = match (dimension, asked.agency.as_str()) {
        (Dimension::Staff, agency) if !agency.is_empty() => {
            staff_key(asked.region.as_str(), agency, "")
        }
        _ => mix_key(asked.region.as_str(), ""),
    };
    let wanted = FigureQuery {
        dimension,
        keys: keys(&known, asked, &start),
        channel: 0,
        from: period.first(),
        to,
        after: None,
        limit: u64::try_from(MOST).unwrap_or_default() + 1,
    };
    let counts = figures(read, &wanted).await?;
    if counts.len() > MOST {
        return Err(RankingError::TooMany { limit: MOST }.into());
    }
    let by = scored.as_ref().map_or(ScoredBy::OwnRatings, |scored| scored.by);
    let measure = match by {
        ScoredBy::OwnRatings => Measure::Rated,
        ScoredBy::StaffRatings => Measure::RatedByStaff,
    };
    let mut mixes = match has_mix(dimension) {
        true => {
            let start = start.clone();
            mixes::of(read, &MixQuery { dimension, start, measure, period }).await?
        }
        false => Mixes::new(),
    };
    let short = |key: String| match (dimension, asked.within_region) {
        (Dimension::Staff, _) | (Dimension::Line, true) => {
            key.strip_prefix(&start).unwrap_or(&key).to_owned()
        }
        _ => key,
    };
    let counts: BTreeMap<String, Counts> =
        counts.into_iter().map(|(key, counts)| (short(key), counts)).collect();
    let units = counts.iter().map(|(key, counts)| Unit {
        key: key.clone(),
        // Without the default ones, whatever a profile says of the score.
        levels: counts.scored(by, false),
        mix: mixes.remove(key).unwrap_or_default(),
    });
    let worth =
        scored.as_ref().map_or_else(Worth::satisfaction, |scored| Worth::score(scored.scores));
    let ranking = rank(worth, units.collect());
    Ok(Table { ranking, counts, period, scored })
}

fn scored(known: &Snapshot, asked: &Asked) -> Option<Scored> {
    let profile = known.profile_on(asked.region.as_str(), asked.period.last())?;
    let by = scored_by(profile, rated_object(asked.dimension)?)?;
    let scores = profile.scores.as_ref()?;
    let (policy, clause) = (profile.policy(), scores.clause.clone());
    Some(Scored { by, scores: scores.value, policy, clause })
}

/// Which values are ranked.
fn keys(known: &Snapshot, asked: &Asked, start: &str) -> Keys {
    let region = asked.region.as_str();
    let units = |kind: UnitKind, is_asked: &dyn Fn(&WireUnit) -> bool| {
        let units = known.units(asked.period.last());
        let units = units.filter(|unit| unit.kind() == kind && is_asked(unit));
        Keys::Among(units.map(|unit| unit.unit_id.clone()).collect())
    };
    let is_there = |unit: &WireUnit| unit.region_code == region;
    match asked.dimension {
        Dimension::Agency => units(UnitKind::Agency, &is_there),
        Dimension::Hall => units(UnitKind::Hall, &is_there),
        Dimension::Window => units(UnitKind::Window, &|unit| {
            let is_asked = asked.agency.is_empty() || unit.agency_id == asked.agency;
            is_there(unit) && is_asked
        }),
        Dimension::Region => units(UnitKind::Region, &|unit| {
            let own = RegionCode::parse(&unit.unit_id).ok();
            own.and_then(|own| own.parent()).is_some_and(|above| above == asked.region)
        }),
        Dimension::Staff => Keys::Below(start.to_owned()),
        Dimension::Item => {
            let given = |id: &str| Some(id.to_owned()).filter(|id| !id.is_empty());
            let region = Some(region.to_owned()).filter(|_| asked.within_region);
            let of = ItemQuery { region, agency: given(&asked.agency), line: given(&asked.line) };
            if of == ItemQuery::default() { Keys::All } else { Keys::Items(of) }
        }
        Dimension::Line if asked.within_region => Keys::Within(start.to_owned()),
        Dimension::Line => Keys::All,
        Dimension::Terminal | Dimension::Platform | Dimension::Unspecified => {
            Keys::Among(Vec::new())
        }
    }
}
