//! Looks at what falls due (T04, T09): urges who handles it when its last day begins, and tells the
//! Authority when that is over; also when nobody has taken a ticket. What is to be looked at next
//! stands in a column of its own, so that a look costs the same however many are open or overdue.
//! One replica is enough, by a lease. But the lease is not what prevents two escalations: each is
//! marked in the transaction that tells its fact, on a locked ticket, where it is not marked yet.
//! Nothing here starts or stops a clock.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use domain::ticket::{NOBODY_TOOK_IT, Ticket};
use jiff::{Timestamp, civil::Date};
use platform::{
    clock::instant,
    convert::to_wire,
    database::Txn,
    facts,
    lease::{LEASE, hold},
    status::{Failure, causes},
    trouble::Kind,
};
use proto::{
    fact::v1::{DeadlineWatched, deadline_watched, fact::Body},
    ticketing::v1::NoticeKind,
};
use uuid::Uuid;

use crate::{
    app::notice::{Notices, Told},
    entity::ticket,
    state::{NAME, Ticketing},
    store::{self, ticket::Watched},
};

/// How often it looks: officers are told within about a second.
const LOOK: Duration = Duration::from_secs(1);
/// How many tickets one transaction takes at most.
const BATCH: u64 = 200;
/// The lease's name.
const JOB: &str = "watch_deadlines";
/// The trouble of a look that fails.
const WAIT: Kind = Kind::Job("urging and escalations of tickets");
/// How long a ticket is left alone whose calendar is not known far enough.
const LATER: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WatchCount {
    pub(crate) urged: usize,
    pub(crate) escalated: usize,
    /// Tickets that nobody took.
    pub(crate) untaken: usize,
    /// Tickets that nobody took, and that still have time.
    later: usize,
}

impl WatchCount {
    fn add(&mut self, more: Self) {
        self.urged += more.urged;
        self.escalated += more.escalated;
        self.untaken += more.untaken;
        self.later += more.later;
    }
}

/// Keeps looking until the process stops.
pub async fn run(ticketing: Ticketing) {
    let holder = ticketing.shell.clock.new_id();
    let troubles = ticketing.store.troubles();
    while !ticketing.shell.stop.is_stopped() {
        match round(&ticketing, holder).await {
            Ok(_) => troubles.end(WAIT),
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ticketing.shell.stop.stopped() => {}
        }
    }
}

/// Does all that is to be done now; nothing while another replica holds the lease. In any case those
/// who watch in this process are told of what is new.
pub(crate) async fn round(ticketing: &Ticketing, holder: Uuid) -> Result<WatchCount, Failure> {
    let (store, read) = (&ticketing.store, ticketing.store.read());
    let mut count = WatchCount::default();
    loop {
        let now = ticketing.shell.clock.now();
        let due = store::ticket::to_watch(read, now.as_microsecond(), BATCH).await?;
        let untaken = store::ticket::untaken(read, now.as_microsecond(), BATCH).await?;
        if due.is_empty() && untaken.is_empty() || !hold(store, JOB, holder, now, LEASE).await? {
            break;
        }
        let done = look(ticketing, &due, &untaken, now).await?;
        count.add(done);
        // Another one did it.
        if done == WatchCount::default() {
            break;
        }
    }
    if count != WatchCount::default() {
        let now = ticketing.shell.clock.now().as_microsecond();
        let oldest = store::ticket::due_until(read, now, None, 1).await?.pop();
        let oldest_overdue =
            oldest.map(|oldest| oldest.due_at).map(instant).map(tracing::field::display);
        let WatchCount { urged, escalated, untaken, .. } = count;
        tracing::info!(urged, escalated, untaken, oldest_overdue, "deadlines watched");
    }
    ticketing.watchers.note(store::notice::newest(read).await?);
    Ok(count)
}

/// Looks at some tickets, in one transaction.
pub(crate) async fn look(
    ticketing: &Ticketing,
    due: &BTreeSet<Uuid>,
    untaken: &BTreeSet<Uuid>,
    now: Timestamp,
) -> Result<WatchCount, Failure> {
    let txn = ticketing.store.begin().await?;
    let locked = store::ticket::lock(&txn, &(due | untaken)).await?;
    let tickets: HashMap<Uuid, ticket::Model> =
        locked.into_iter().map(|ticket| (ticket.id, ticket)).collect();
    let at = now.as_microsecond();
    let urged = store::ticket::urge(&txn, due, at).await?;
    let escalated = store::ticket::escalate(&txn, due, at).await?;
    let told = |watched: Vec<Watched>| {
        let told = watched.into_iter().filter_map(|watched| {
            let region = tickets.get(&watched.ticket_id)?.authority_region.clone();
            Some((watched.region_code.clone(), Told::of(watched, region)))
        });
        let mut told: Vec<_> = told.collect();
        told.sort_by(|(_, one), (_, other)| {
            (one.due_at, one.ticket_id).cmp(&(other.due_at, other.ticket_id))
        });
        told
    };
    let (urged, mut overdue) = (told(urged), told(escalated));
    let mut count =
        WatchCount { urged: urged.len(), escalated: overdue.len(), ..WatchCount::default() };
    let of_nobody = untaken.iter().filter_map(|id| tickets.get(id));
    let (nobody, later) = nobody_took(ticketing, &txn, of_nobody, now).await?;
    (count.untaken, count.later) = (nobody.len(), later);
    overdue.extend(nobody);

    let (mut bodies, mut rows) = (Vec::new(), Vec::new());
    for (told, kind, notice) in [
        (urged, deadline_watched::Kind::Urged, NoticeKind::DueToday),
        (overdue, deadline_watched::Kind::Escalated, NoticeKind::Overdue),
    ] {
        let mut notices = Notices::default();
        for (region, told) in &told {
            notices.add(told, now);
            let act = (told.ticket_id, told.act.clone());
            bodies.push(watched(act, told.due_on(), kind, region, &told.agency_id, now));
        }
        rows.extend(notices.rows(notice, None, now));
    }
    store::notice::insert(&txn, rows).await?;
    facts::commit(txn, &ticketing.shell.clock, bodies).await?;
    ticketing.shell.bus.committed(NAME);
    Ok(count)
}

/// Marks the tickets that nobody took for too long; of the others says when to look again. Returns
/// those marked, with their regions, and how many others there are.
async fn nobody_took(
    ticketing: &Ticketing,
    txn: &Txn,
    tickets: impl Iterator<Item = &ticket::Model>,
    now: Timestamp,
) -> Result<(Vec<(String, Told)>, usize), Failure> {
    let known = ticketing.reference.now();
    let at = now.as_microsecond();
    let (mut nobody, mut later) = (Vec::new(), 0);
    // Somebody may have taken it meanwhile.
    for ticket in tickets.filter(|ticket| ticket.take_by.is_some_and(|by| by <= at)) {
        let since = instant(ticket.clock_started_at);
        let calendar = known.calendar().map(|calendar| calendar.of(&ticket.region_code));
        let by = calendar.and_then(|calendar| Ticket::nobody_by(since, &calendar).ok());
        match by {
            Some(by) if by.is_past(now) => {
                store::ticket::put_untaken(txn, ticket.id, None, Some(at)).await?;
                let told = Told {
                    ticket_id: ticket.id,
                    act: NOBODY_TOOK_IT.to_owned(),
                    due_at: by.due_at.as_microsecond(),
                    agency_id: ticket.agency_id.clone(),
                    authority_region: ticket.authority_region.clone(),
                };
                nobody.push((ticket.region_code.clone(), told));
            }
            by => {
                let by = by.map(|by| by.due_at);
                let by = by.unwrap_or_else(|| now.saturating_add(LATER).unwrap_or(now));
                let by = Some(by.as_microsecond());
                store::ticket::put_untaken(txn, ticket.id, by, None).await?;
                later += 1;
            }
        }
    }
    Ok((nobody, later))
}

/// The fact of what became of a deadline.
pub(super) fn watched(
    (ticket_id, act): (Uuid, String),
    due_on: Date,
    kind: deadline_watched::Kind,
    region: &str,
    agency: &str,
    at: Timestamp,
) -> Body {
    Body::DeadlineWatched(DeadlineWatched {
        ticket_id: ticket_id.to_string(),
        act,
        kind: kind.into(),
        due_on: due_on.to_string(),
        at: Some(to_wire(at)),
        region_code: region.to_owned(),
        agency_id: agency.to_owned(),
    })
}

#[cfg(test)]
mod tests;
