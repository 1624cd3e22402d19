//! Looks for fraud in the raw signals of each complete day (S03), the oldest day first. One replica is
//! enough, by a lease; but the lease is not what prevents two signals: a day is noted as done in the
//! transaction that writes its signals, and each kind, subject and period has one signal. A process
//! that dies in the middle of a day leaves nothing of it, and the next one begins the day again.

mod examine;
mod gather;
mod places;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use domain::{
    deadline::{day_of, end_of, iso_date},
    signal::terms,
};
use jiff::{SignedDuration, Span, Timestamp, civil::Date};
use platform::{
    facts, lease,
    request::is_unique_violation,
    status::{Failure, causes},
    trouble::Kind as Trouble,
};
use proto::fact::v1::fact::Body;
use uuid::Uuid;

use crate::{
    Intake,
    convert::signal::found,
    store::signal::{days, scanned, signals},
};
use examine::Found;
use gather::{Day, before, start_of};

/// How often it looks whether a day is complete.
const LOOK: Duration = Duration::from_secs(60);
/// How long after its end a day is complete: a rating is written within seconds of its identity, even
/// if another replica's clock is slow.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);
/// How many ratings one step reads.
const PAGE: u64 = 2_000;
/// The lease's name, and how long it runs: longer than a step takes.
const JOB: &str = "find_signals";
const LEASE: SignedDuration = SignedDuration::from_mins(2);

/// The trouble of a search that fails.
const WAIT: Trouble = Trouble::Job("signals of fraud");

/// Keeps looking until the process stops.
pub async fn run(intake: Intake) {
    let holder = intake.shell.clock.new_id();
    while !intake.shell.stop.is_stopped() {
        match find(&intake, holder).await {
            Ok(_) => intake.store.troubles().end(WAIT),
            Err(error) => intake.store.troubles().meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = intake.shell.stop.stopped() => {}
        }
    }
}

/// Looks at every complete day that was not looked at; returns how many signals it found. It leaves
/// the rest to others while another replica holds the lease, and when the process stops.
pub(crate) async fn find(intake: &Intake, holder: Uuid) -> Result<usize, Failure> {
    let mut count = 0;
    while let Some(day) = next(intake).await? {
        let Some(mut gathered) = gather(intake, holder, day).await? else { return Ok(count) };
        let found = examine::examine(intake, day, &mut gathered).await?;
        count += write(intake, day, found).await?;
    }
    Ok(count)
}

/// The next day to look at, if it is complete. The first one has the first rating, or is as old as the
/// past can be; a day without ratings is looked at too, which costs nothing.
async fn next(intake: &Intake) -> Result<Option<Date>, Failure> {
    let now = intake.shell.clock.now();
    let complete = |day: Date| {
        let end = end_of(day).and_then(|end| end.checked_add(SETTLED).ok());
        end.is_some_and(|end| end <= now)
    };
    let day = match days::last(&intake.store).await? {
        Some(last) => {
            let last = iso_date(&last).map_err(|why| Failure::Internal(why.to_owned()))?;
            last.saturating_add(Span::new().days(1))
        }
        None => {
            let oldest = before(day_of(now), terms::HISTORY_DAYS);
            let from = scanned::from(start_of(oldest));
            match scanned::first(&intake.store, from).await? {
                Some(first) => day_of(scanned::made_at(first)),
                None => return Ok(None),
            }
        }
    };
    Ok(Some(day).filter(|day| complete(*day)))
}

/// Reads the ratings of a day, step by step; none if the lease is another's.
async fn gather(intake: &Intake, holder: Uuid, day: Date) -> Result<Option<Day>, Failure> {
    let mut gathered = Day::new(day);
    let end = scanned::from(end_of(day).unwrap_or(Timestamp::MAX));
    let mut from = scanned::from(start_of(day));
    loop {
        let now = intake.shell.clock.now();
        let held = lease::hold(&intake.store, JOB, holder, now, LEASE).await?;
        if !held || intake.shell.stop.is_stopped() {
            return Ok(None);
        }
        let page = scanned::page(&intake.store, from, end, PAGE).await?;
        let Some(last) = page.last() else {
            gathered.add_changed(intake, day).await?;
            return Ok(Some(gathered));
        };
        from = Uuid::from_u128(last.id.as_u128().saturating_add(1));
        gathered.add(intake, page).await?;
    }
}

/// Writes what a day came to and its signals; returns how many are new. None if another process has
/// done the day meanwhile.
async fn write(intake: &Intake, day: Date, found_here: Found) -> Result<usize, Failure> {
    let Found { signals: rows, days: of_subjects, all } = found_here;
    days::keep(&intake.store, of_subjects).await?;
    let txn = intake.store.begin().await?;
    let (mut count, mut bodies) = (0, Vec::new());
    for row in rows {
        // A week or a month has one signal, however many of its days show it.
        if !signals::is_known(&txn, &row).await? {
            bodies.push(Body::SignalFound(found(&row)));
            count += 1;
            signals::insert(&txn, row).await?;
        }
    }
    match days::note(&txn, all).await {
        Err(error) if is_unique_violation(&error) => return Ok(0),
        noted => noted?,
    }
    days::forget(&txn, &before(day, terms::HISTORY_DAYS).to_string()).await?;
    facts::commit(txn, &intake.shell.clock, bodies).await?;
    intake.shell.bus.committed(crate::NAME);
    Ok(count)
}
