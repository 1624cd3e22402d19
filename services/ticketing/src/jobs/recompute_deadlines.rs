//! When a holiday notice is published, computes again what was provisional (暂定): the deadlines of
//! tickets, of appeals that wait for a decision and of text reviews that wait, on record with both
//! derivations. It goes through what is provisional each time the
//! calendar known here is another one, and at the start: so it may die in the middle, and two
//! replicas may do it; what is done is not provisional any more, or comes out the same.

mod appeals;
mod text_reviews;

use std::{collections::BTreeSet, time::Duration};

use domain::{
    calendar::Calendar,
    ticket::{Due, DueEnd},
};
use platform::{
    facts,
    lease::{LEASE, hold},
    reference::Passes,
    status::{Failure, causes},
    trouble::Kind,
};
use proto::fact::v1::deadline_watched;
use uuid::Uuid;

use super::watch_deadlines::watched;
use crate::{
    convert::ticket::{put_into_rows, ticket_from_rows, watch_at},
    entity::TicketRows,
    state::{NAME, Ticketing},
    store,
};

/// How often it looks whether there is another calendar.
const LOOK: Duration = Duration::from_secs(1);
/// How many of a kind one transaction takes.
const BATCH: u64 = 100;
/// The lease's name.
const JOB: &str = "recompute_deadlines";
/// The trouble of a computation that fails.
const WAIT: Kind = Kind::Job("deadlines by a new calendar");

/// Keeps looking until the process stops.
pub async fn run(ticketing: Ticketing) {
    let holder = ticketing.shell.clock.new_id();
    let troubles = ticketing.store.troubles();
    let mut passes = Passes::default();
    while !ticketing.shell.stop.is_stopped() {
        match round(&ticketing, holder, &mut passes).await {
            Ok(_) => troubles.end(WAIT),
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ticketing.shell.stop.stopped() => {}
        }
    }
}

/// Goes through what is provisional, if there is a calendar by which it did not; returns how many
/// tickets, appeals and reviews changed.
pub(crate) async fn round(
    ticketing: &Ticketing,
    holder: Uuid,
    passes: &mut Passes,
) -> Result<usize, Failure> {
    let began = ticketing.shell.clock.now();
    let Some(calendar) = passes.due(&ticketing.reference.now(), began) else { return Ok(0) };
    let (mut after, mut changed) = (Uuid::nil(), 0);
    loop {
        let read = ticketing.store.read();
        let tickets = store::ticket::provisional(read, after, BATCH).await?;
        let Some(last) = tickets.last() else { break };
        after = *last;
        if !is_ours(ticketing, holder).await? {
            // Another replica is at it: this one looks again when that one may be done.
            return Ok(changed);
        }
        changed += by(ticketing, &tickets, &calendar).await?;
    }
    let mut after = Uuid::nil();
    loop {
        let found = store::appeal::provisional(ticketing.store.read(), after, BATCH).await?;
        let Some((last, _)) = found.last() else { break };
        after = *last;
        if !is_ours(ticketing, holder).await? {
            return Ok(changed);
        }
        changed += appeals::by(ticketing, found, &calendar).await?;
    }
    let mut after = Uuid::nil();
    loop {
        let found = store::text_review::provisional(ticketing.store.read(), after, BATCH).await?;
        let Some(last) = found.last() else { break };
        after = last.rating_id;
        if !is_ours(ticketing, holder).await? {
            return Ok(changed);
        }
        changed += text_reviews::by(ticketing, &found, &calendar).await?;
    }
    passes.done(calendar, began);
    if changed > 0 {
        tracing::info!(changed, "deadlines computed by the published calendar");
    }
    Ok(changed)
}

async fn is_ours(ticketing: &Ticketing, holder: Uuid) -> Result<bool, Failure> {
    let now = ticketing.shell.clock.now();
    Ok(hold(&ticketing.store, JOB, holder, now, LEASE).await?)
}

/// Computes the deadlines of some tickets again, in one transaction; returns how many changed.
pub(crate) async fn by(
    ticketing: &Ticketing,
    tickets: &BTreeSet<Uuid>,
    calendar: &Calendar,
) -> Result<usize, Failure> {
    let clock = &ticketing.shell.clock;
    let txn = ticketing.store.begin().await?;
    let (mut changed, mut bodies) = (0, Vec::new());
    for before in store::ticket::lock_whole(&txn, tickets).await? {
        let (id, region) = (before.ticket.id, before.ticket.region_code.clone());
        let mut ticket = ticket_from_rows(&before)?;
        let at = clock.now();
        match ticket.dues.recompute(&calendar.of(&region), at) {
            Ok(true) => {}
            Ok(false) => continue,
            Err(out) => {
                // What was computed stays.
                tracing::warn!(ticket.id = %id, year = out.year, "no calendar for a deadline");
                continue;
            }
        }
        let mut rows = before.clone();
        put_into_rows(&ticket, &mut rows);
        for (old, new) in moved(&ticket.dues.0, before.deadlines.len()) {
            keep_marks(&mut rows, old, new);
            let (old, new) = (&ticket.dues.0[old].deadline, &ticket.dues.0[new].deadline);
            if old.due_on != new.due_on {
                let (kind, act) = (deadline_watched::Kind::Moved, new.rule.subject.clone());
                let agency = &ticket.agency;
                bodies.push(watched((id, act), new.due_on, kind, &region, agency, at));
            }
        }
        // It is locked.
        if !store::ticket::update_ticket(&txn, &before, &rows).await? {
            return Err(Failure::Raced("a ticket was changed meanwhile"));
        }
        changed += 1;
    }
    facts::commit(txn, clock, bodies).await?;
    ticketing.shell.bus.committed(NAME);
    Ok(changed)
}

/// The places of the deadlines that were moved just now, and of those that stand for them; before,
/// there were so many.
fn moved(dues: &[Due], before: usize) -> Vec<(usize, usize)> {
    let moved = dues.iter().enumerate().filter_map(|(n, due)| match due.end {
        DueEnd::Moved { to, .. } if to >= before => Some((n, to)),
        _ => None,
    });
    moved.collect()
}

/// Nobody is told twice of the same day, or of a day that was over already. What has a later day
/// now begins without marks: what was told of it stays on record with the old day.
fn keep_marks(rows: &mut TicketRows, old: usize, new: usize) {
    let before = rows.deadlines[old].clone();
    let now = &mut rows.deadlines[new];
    if now.due_at <= before.due_at {
        (now.urged_at, now.escalated_at) = (before.urged_at, before.escalated_at);
        let runs_until = now.running_until;
        now.watch_at = runs_until.and_then(|at| watch_at(at, now.urged_at, now.escalated_at));
    }
}

#[cfg(test)]
mod tests;
