//! Looks at the figures of every region once a month and proposes what they say (T12, T13, T19): key
//! targets, concentrated problems, lasting bottom ranks. Nothing follows until a person decides. One
//! replica is enough, by a lease; what prevents two looks is that the month is taken in the transaction
//! that writes its proposals. Days that are over are compared, so it does not matter when in the month
//! it happens.

use std::time::Duration;

use domain::{deadline::day_of, focus::Look};
use jiff::{Timestamp, civil::Date};
use platform::{
    convert::to_wire,
    facts,
    lease::{LEASE, hold},
    status::{Failure, causes},
    trouble::Kind,
};
use uuid::Uuid;

use crate::{
    app::focus::proposal::{self, Candidate},
    entity::focus_proposal,
    state::{NAME, Ticketing},
    store::focus::proposals,
};

/// How often it looks whether a month has begun.
const LOOK: Duration = Duration::from_secs(60);
/// The lease's name.
const JOB: &str = "propose_focus";
/// The trouble of a look that fails.
const WAIT: Kind = Kind::Job("proposals of the figures");

/// Keeps looking until the process stops.
pub async fn run(ticketing: Ticketing) {
    let holder = ticketing.shell.clock.new_id();
    let troubles = ticketing.store.troubles();
    let mut done = None;
    while !ticketing.shell.stop.is_stopped() {
        match round(&ticketing, holder, &mut done).await {
            Ok(_) => troubles.end(WAIT),
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ticketing.shell.stop.stopped() => {}
        }
    }
}

/// Takes the looks of this month that nobody has taken; `done` is the month of which this process
/// knows that none is left. Returns how many proposals it made.
pub(crate) async fn round(
    ticketing: &Ticketing,
    holder: Uuid,
    done: &mut Option<Date>,
) -> Result<usize, Failure> {
    let (store, now) = (&ticketing.store, ticketing.shell.clock.now());
    let look = Look::due_on(day_of(now));
    if *done == Some(look.month) || !hold(store, JOB, holder, now, LEASE).await? {
        return Ok(0);
    }
    let counted = proposals::regions(store.read(), look.window()).await?;
    let taken = proposals::taken(store.read(), look).await?;
    let (mut made, mut all_known) = (0, true);
    for region in proposal::deciding(&counted).difference(&taken) {
        // Where no profile is known yet, it is looked at later.
        match look_at(ticketing, region, look, now).await? {
            Some(n) => made += n,
            None => all_known = false,
        }
        if !hold(store, JOB, holder, ticketing.shell.clock.now(), LEASE).await? {
            return Ok(made);
        }
    }
    if all_known {
        *done = Some(look.month);
    }
    Ok(made)
}

/// The look of a region; none if its profile is not known.
pub(crate) async fn look_at(
    ticketing: &Ticketing,
    region: &str,
    look: Look,
    at: Timestamp,
) -> Result<Option<usize>, Failure> {
    let (store, shell) = (&ticketing.store, &ticketing.shell);
    let known = ticketing.reference.now();
    let Some(profile) = known.profile_on(region, look.month).cloned() else { return Ok(None) };
    let found = proposal::found(store.read(), region, &profile, look).await?;
    let txn = store.begin().await?;
    if !proposals::take(&txn, region, look).await? {
        return Ok(Some(0));
    }
    let mut told = Vec::new();
    for Candidate { mut content, open_object, .. } in found {
        let id = shell.clock.new_id();
        content.proposal_id = id.to_string();
        content.proposed_at = Some(to_wire(at));
        let row = focus_proposal::Model {
            id,
            region_code: region.to_owned(),
            open_object: Some(open_object),
            content: proposals::seal(&shell.sealer, id, &content)?,
        };
        // One that waits for a decision since an earlier look is not made again.
        if proposals::insert(&txn, row).await? {
            told.push(proposal::proposed(&content, at));
        }
    }
    let made = told.len();
    facts::commit(txn, &shell.clock, told).await?;
    shell.bus.committed(NAME);
    tracing::info!(region.code = region, month = %look.month, made, "figures looked at");
    Ok(Some(made))
}

#[cfg(test)]
mod tests;
