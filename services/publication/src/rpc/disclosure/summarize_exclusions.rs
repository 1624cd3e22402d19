//! Sums up exclusions by reason, with the figures before and after (P04).

use std::collections::BTreeMap;

use domain::{
    codes::RegionCode,
    deadline::iso_date,
    statistics::{LevelCounts, satisfaction},
    violation::{Violations, identifier},
};
use jiff::civil::Date;
use platform::auth::Anyone;
use proto::publication::v1::{
    Dimension, ExclusionCount, ExclusionFigures, SummarizeExclusionsRequest,
    SummarizeExclusionsResponse,
};

use crate::{
    app::disclosure::{
        exclusions::{moments, without_any},
        withheld,
    },
    convert::statistics::{levels_to_wire, rate_to_wire},
    error::Error,
    state::Publication,
    store::{
        disclosure::ledger,
        statistics::figures::{FigureQuery, Keys, figures},
    },
};

/// The most days that are summed up at once.
const MAX_DAYS: i32 = 366;

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: SummarizeExclusionsRequest,
) -> Result<SummarizeExclusionsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    let from = wrong.take("from", iso_date(&request.from));
    let to = wrong.take("to", iso_date(&request.to));
    if let Some((from, to)) = from.zip(to) {
        wrong.require(from <= to, "to", "lies before from");
        let days = (to - from).get_days();
        wrong.require(days < MAX_DAYS, "to", "is more than 366 days after from");
    }
    let (from, to) = (from.unwrap_or(Date::MIN), to.unwrap_or(Date::MAX));
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let read = publication.store.read();
    let of = (region.as_str(), request.agency_id.as_str());
    let (dimension, key) = match of {
        (region, "") => (Dimension::Region, region.to_owned()),
        (_, agency) => (Dimension::Agency, agency.to_owned()),
    };
    let keys = Keys::One(key.clone());
    let wanted = FigureQuery { dimension, keys, channel: 0, from, to, after: None, limit: 1 };
    let after = figures(read, &wanted).await?.remove(&key).unwrap_or_default().levels;
    let before = without_any(read, of, (from, to), after).await?;
    let mut counts: BTreeMap<(i16, i16, String), ExclusionCount> = BTreeMap::new();
    for reason in ledger::reasons(read, of, moments((from, to))).await? {
        let row = counts.entry((reason.ground, reason.kind, reason.clause.clone()));
        let row = row.or_insert_with(|| ExclusionCount {
            ground: reason.ground.into(),
            kind: reason.kind.into(),
            clause: reason.clause,
            ..ExclusionCount::default()
        });
        let counted = if reason.ended { &mut row.reinstated } else { &mut row.ratings };
        *counted += reason.n.unsigned_abs();
    }
    let told = |levels: LevelCounts| ExclusionFigures {
        levels: levels_to_wire(levels),
        satisfaction: Some(rate_to_wire(satisfaction(levels))),
    };
    Ok(SummarizeExclusionsResponse {
        counts: counts.into_values().collect(),
        after: Some(told(after)),
        before: Some(told(before)),
        withheld: withheld::of_lists(publication, &region, false),
    })
}

#[cfg(test)]
mod tests;
