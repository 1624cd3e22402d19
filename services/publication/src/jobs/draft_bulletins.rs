//! Drafts every region's bulletins once their periods have ended (P06), at the start of the next month; after
//! a long stop also those that were missed. One replica is enough, by a lease; what prevents two drafts is
//! that each edition is there once. A person releases them.

use std::time::Duration;

use domain::{
    bulletin::{BulletinKind, due, kinds},
    deadline::clock_time,
    report_period::ReportPeriod,
};
use jiff::civil::Date;
use platform::{
    lease::{LEASE, hold},
    status::{Failure, causes},
    trouble::Kind,
};
use proto::catalog::v1::UnitKind;
use uuid::Uuid;

use crate::{
    app::bulletin::{compose::draft, keep},
    error::{Error, StatisticsError, bulletin::BulletinError},
    state::Publication,
    store::bulletin::{self as store, sources::counted_since},
};

/// How often it looks whether a period has ended.
const LOOK: Duration = Duration::from_secs(60);
/// The lease's name.
const JOB: &str = "draft_bulletins";
/// The trouble of a draft that fails.
const WAIT: Kind = Kind::Job("bulletins to be drafted");

/// Keeps drafting until the process stops.
pub async fn run(publication: Publication) {
    let holder = publication.shell.clock.new_id();
    let troubles = publication.store.troubles();
    let mut done = None;
    while !publication.shell.stop.is_stopped() {
        match round(&publication, holder, &mut done).await {
            Ok(_) => troubles.end(WAIT),
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = publication.shell.stop.stopped() => {}
        }
    }
}

/// Drafts what is due and not there; `done` is the hour of which this process knows that nothing is left, with
/// the catalog's facts known then. Returns how many it drafted.
pub(crate) async fn round(
    publication: &Publication,
    holder: Uuid,
    done: &mut Option<(Date, i8, i64)>,
) -> Result<usize, Failure> {
    let (store, clock) = (&publication.store, &publication.shell.clock);
    let now = clock_time(clock.now());
    let known = publication.reference.now();
    let this = (now.date(), now.hour(), known.position());
    if *done == Some(this) || !hold(store, JOB, holder, clock.now(), LEASE).await? {
        return Ok(0);
    }
    let (mut drafted, mut all, mut failed) = (0, true, None);
    // Where there is no Authority, nobody could release it.
    let authorities = known.units(now.date()).filter(|unit| unit.kind() == UnitKind::Agency);
    let authorities = authorities.filter(|unit| unit.authority);
    let mut regions: Vec<&str> = authorities.map(|unit| unit.region_code.as_str()).collect();
    regions.sort_unstable();
    regions.dedup();
    for region in regions {
        let Some(since) = counted_since(store.read(), region).await? else { continue };
        let there = store::drafted(store.read(), region).await?;
        for period in periods_due(publication, region, since) {
            if there.contains(&period.to_string()) {
                continue;
            }
            match draft_first(publication, region, period).await {
                Ok(Some(made)) => drafted += usize::from(made),
                Ok(None) => all = false,
                // The regions after it get theirs.
                Err(why) => {
                    failed = failed.or(Some(why));
                    break;
                }
            }
            if !hold(store, JOB, holder, clock.now(), LEASE).await? {
                return Ok(drafted);
            }
        }
    }
    if let Some(why) = failed {
        return Err(why);
    }
    if all {
        *done = Some(this);
    }
    Ok(drafted)
}

/// The periods of which a region has a bulletin by now: each by the profile in force on its last day.
fn periods_due(publication: &Publication, region: &str, since: Date) -> Vec<ReportPeriod> {
    let now = clock_time(publication.shell.clock.now());
    let known = publication.reference.now();
    let of_kind = |kind| due(kind, since, now);
    let asked_for = |period: &ReportPeriod| {
        let profile = known.profile_on(region, period.last());
        profile.is_some_and(|profile| {
            kinds(profile).into_iter().any(|kind| kind.months() == period.months())
        })
    };
    let mut periods: Vec<ReportPeriod> =
        BulletinKind::ALL.into_iter().flat_map(of_kind).filter(asked_for).collect();
    periods.sort_by_key(|period| (period.last(), period.months()));
    periods
}

/// Drafts a first edition; false if another replica did, none if it cannot be drafted yet.
async fn draft_first(
    publication: &Publication,
    region: &str,
    period: ReportPeriod,
) -> Result<Option<bool>, Failure> {
    let drafted = match draft(publication, region, period).await {
        Ok(drafted) => drafted,
        Err(
            Error::Statistics(StatisticsError::NotRebuilt)
            | Error::Bulletin(BulletinError::NoProfile),
        ) => return Ok(None),
        Err(other) => return Err(failure(other)),
    };
    let (store, clock) = (&publication.store, &publication.shell.clock);
    let txn = store.begin().await?;
    match keep(&txn, (clock.new_id(), clock.now()), &drafted, None).await {
        Ok(kept) => {
            txn.commit().await?;
            Ok(Some(kept.is_some()))
        }
        // Facts were taken back meanwhile: the next round drafts it anew.
        Err(Error::Bulletin(BulletinError::HistoryLost)) => Ok(None),
        Err(other) => Err(failure(other)),
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Failure(failure) => failure,
        other => Failure::Internal(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
