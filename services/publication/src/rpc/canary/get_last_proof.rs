//! Reads when a robot's rating of each level last arrived by each channel, and which did not (S07).

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    canary::{MAX_PROOF_MINUTES, PROOF_MINUTES, is_missing},
    channel::Channel,
    codes::RegionCode,
    deadline::day_of,
    level::Level,
    violation::Violations,
};
use jiff::ToSpan as _;
use platform::{
    auth::Anyone,
    clock::instant,
    convert::{channel_to_wire, level_to_wire, to_wire},
};
use proto::publication::v1::{GetLastProofRequest, GetLastProofResponse, Proof};

use crate::{entity::column::column, error::Error, state::Publication, store};

/// How many days are counted.
const DAYS: i64 = 30;

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: GetLastProofRequest,
) -> Result<GetLastProofResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let minutes = Some(request.within_minutes).filter(|n| *n > 0).unwrap_or(PROOF_MINUTES);
    wrong.require(minutes <= MAX_PROOF_MINUTES, "within_minutes", "are more than 10080");
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let (region, read) = (region.as_str(), publication.store.read());
    let now = publication.shell.clock.now();
    let today = day_of(now);
    let rows = store::canary::of_region(read, region).await?;
    let days = (today.saturating_sub((DAYS - 1).days()), today);
    let counted = store::canary::counted(read, region, days).await?;
    let rows: BTreeMap<(i16, i16), _> =
        rows.into_iter().map(|row| ((row.channel, row.level), row)).collect();
    let proved: BTreeSet<i16> = rows.keys().map(|(channel, _)| *channel).collect();
    let mut answer = GetLastProofResponse::default();
    for channel in Channel::ALL.map(|channel| i32::from(channel_to_wire(channel))) {
        if !proved.contains(&column(channel)) {
            answer.unproved_channels.push(channel);
            continue;
        }
        for level in Level::ALL.map(|level| i32::from(level_to_wire(level))) {
            let of = (column(channel), column(level));
            let row = rows.get(&of);
            let given_at = row.map(|row| instant(row.given_at));
            let delay =
                row.map(|row| (row.counted_at - row.given_at).max(0).unsigned_abs() / 1_000);
            answer.proofs.push(Proof {
                channel,
                level,
                rating_id: row.map(|row| row.rating_id.to_string()).unwrap_or_default(),
                given_at: given_at.map(to_wire),
                counted_at: row.map(|row| to_wire(instant(row.counted_at))),
                delay_ms: delay.unwrap_or_default(),
                missing: is_missing(given_at, now, minutes),
                netted_out: counted.get(&of).copied().unwrap_or_default(),
            });
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests;
