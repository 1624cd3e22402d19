//! When a holiday notice is published, computes again the rating windows that were provisional (暂定,
//! I06): both derivations stay on record.
//!
//! A window becomes longer where a day became a holiday, even one that had closed by the former day.
//! It never becomes shorter: its rater was told that day. A default rating that is still to come
//! waits for the new day; one that is written stays a fact, and a rater's own rating goes before it.

use std::time::Duration;

use domain::{calendar::Calendar, deadline::Deadline};
use platform::{
    facts,
    lease::{LEASE, hold},
    reference::Passes,
    status::{Failure, causes},
    trouble::Kind,
};
use uuid::Uuid;

use crate::{
    Intake,
    convert::case::{window_anew, window_of},
    entity::service_act,
    facts::rating_window_moved,
    store::case::windows,
};

/// How often it looks whether there is another calendar.
const LOOK: Duration = Duration::from_secs(1);
/// How many acts are read at once, and at most written in one transaction.
const BATCH: u64 = 200;
/// The lease's name.
const JOB: &str = "recompute_windows";
/// The trouble of a computation that fails.
const WAIT: Kind = Kind::Job("rating windows by a new calendar");

/// Keeps looking until the process stops.
pub async fn run(intake: Intake) {
    let holder = intake.shell.clock.new_id();
    let mut passes = Passes::default();
    while !intake.shell.stop.is_stopped() {
        match round(&intake, holder, &mut passes).await {
            Ok(_) => intake.store.troubles().end(WAIT),
            Err(error) => intake.store.troubles().meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = intake.shell.stop.stopped() => {}
        }
    }
}

/// Goes through the windows that may move, if there is a calendar by which it did not; returns how
/// many were computed again.
pub(crate) async fn round(
    intake: &Intake,
    holder: Uuid,
    passes: &mut Passes,
) -> Result<usize, Failure> {
    let began = intake.shell.clock.now();
    let Some(calendar) = passes.due(&intake.reference.now(), began) else { return Ok(0) };
    let (mut after, mut changed) = (Uuid::nil(), 0);
    loop {
        let acts = windows::provisional(intake.store.read(), after, BATCH).await?;
        let Some(last) = acts.last() else { break };
        after = last.id;
        let now = intake.shell.clock.now();
        if !hold(&intake.store, JOB, holder, now, LEASE).await? {
            // Another replica is at it: this one looks again when that one may be done.
            return Ok(changed);
        }
        changed += by(intake, &acts, &calendar).await?;
    }
    passes.done(calendar, began);
    if changed > 0 {
        tracing::info!(windows = changed, "rating windows computed by the published calendar");
    }
    Ok(changed)
}

/// Computes the windows of some acts again, in one transaction; returns how many changed.
async fn by(
    intake: &Intake,
    acts: &[service_act::Model],
    calendar: &Calendar,
) -> Result<usize, Failure> {
    let mut ids = Vec::new();
    for act in acts {
        if !matches!(under(act, calendar)?, Under::Waits) {
            ids.push(act.id);
        }
    }
    if ids.is_empty() {
        return Ok(0);
    }
    let txn = intake.store.begin().await?;
    let (mut changed, mut settled, mut bodies) = (0, Vec::new(), Vec::new());
    for act in windows::lock(&txn, ids).await? {
        match under(&act, calendar)? {
            Under::Waits => {}
            Under::Definite => settled.push(act.id),
            Under::Anew(moved) => {
                let Moved { before, anew } = *moved;
                let act = window_anew(act, &anew)?;
                // Of an act that nobody was invited to rate nobody waits for news.
                if act.offered && before.due_on != anew.due_on {
                    bodies.push(rating_window_moved(&act, &before, &anew));
                }
                windows::put(&txn, act).await?;
                changed += 1;
            }
        }
    }
    windows::settle(&txn, settled).await?;
    facts::commit(txn, &intake.shell.clock, bodies).await?;
    intake.shell.bus.committed(crate::NAME);
    Ok(changed)
}

/// A window under a calendar.
enum Under {
    /// It does not move any more.
    Definite,
    /// It still waits for a notice, or the calendar does not reach far enough: it stays.
    Waits,
    /// It is computed again.
    Anew(Box<Moved>),
}

/// A window, and what it becomes.
struct Moved {
    before: Deadline,
    anew: Deadline,
}

fn under(act: &service_act::Model, calendar: &Calendar) -> Result<Under, Failure> {
    let Some(before) = window_of(act)?.filter(|window| window.provisional) else {
        return Ok(Under::Definite);
    };
    Ok(match before.anew_not_sooner(&calendar.of(&act.region_code)) {
        Ok(Some(anew)) => Under::Anew(Box::new(Moved { before, anew })),
        Ok(None) | Err(_) => Under::Waits,
    })
}

#[cfg(test)]
mod tests;
