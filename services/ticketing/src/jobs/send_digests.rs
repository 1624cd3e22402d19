//! Tells every agency and every Authority once a working day what is overdue and what is due today
//! (T09). Where a region has a day off, it waits for the next working day.

use std::{collections::HashMap, time::Duration};

use domain::{
    calendar::Calendar,
    deadline::{clock_time, end_of},
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time, time},
};
use platform::{
    lease::{LEASE, hold},
    status::{Failure, causes},
    trouble::Kind,
};
use proto::ticketing::v1::NoticeKind;
use uuid::Uuid;

use crate::{
    app::notice::{Notices, Told},
    convert::ticket::authority_region,
    state::{NAME, Ticketing},
    store,
};

/// From when on in Asia/Shanghai: ours. Offices open at half past nine in the west of China and at
/// half past eight elsewhere, and nobody reads it before.
const FROM: Time = time(8, 30, 0, 0);
/// How long notices are kept: ours. Facts are what stays on record.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How often it looks whether it is time.
const LOOK: Duration = Duration::from_secs(5);
/// How many deadlines are read at once.
const PAGE: u64 = 1_000;
/// How many notices one transaction writes.
const BATCH: usize = 100;
/// The lease's name.
const JOB: &str = "send_digests";
/// The trouble of a digest that fails.
const WAIT: Kind = Kind::Job("digests to officers");

/// Keeps sending until the process stops.
pub async fn run(ticketing: Ticketing) {
    let holder = ticketing.shell.clock.new_id();
    let troubles = ticketing.store.troubles();
    let mut sent = None;
    while !ticketing.shell.stop.is_stopped() {
        match round(&ticketing, holder, &mut sent).await {
            Ok(()) => troubles.end(WAIT),
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ticketing.shell.stop.stopped() => {}
        }
    }
}

/// Sends the digests of today, if it is time; `sent` is the day whose digests this process knows to
/// be there. Nobody has two of a day, however often it is done.
pub(crate) async fn round(
    ticketing: &Ticketing,
    holder: Uuid,
    sent: &mut Option<Date>,
) -> Result<(), Failure> {
    let store = &ticketing.store;
    let now = ticketing.shell.clock.now();
    let here = clock_time(now);
    let today = here.date();
    if *sent == Some(today) || here.time() < FROM {
        return Ok(());
    }
    let known = ticketing.reference.now();
    let Some(calendar) = known.calendar() else { return Ok(()) };
    if !hold(store, JOB, holder, now, LEASE).await? {
        return Ok(());
    }
    let notices = gather(ticketing, calendar, today, now).await?;
    let rows = notices.rows(NoticeKind::Digest, Some(today), now);
    tracing::info!(addressees = rows.len(), "digests of deadlines");
    for rows in rows.chunks(BATCH) {
        let txn = store.begin().await?;
        store::notice::insert(&txn, rows.to_vec()).await?;
        txn.commit().await?;
    }
    let old = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN).as_microsecond();
    store::notice::forget(store.write(), old).await?;
    ticketing.shell.bus.committed(NAME);
    *sent = Some(today);
    Ok(())
}

/// What is overdue or due today, for whom it is a working day.
async fn gather(
    ticketing: &Ticketing,
    calendar: &Calendar,
    today: Date,
    now: Timestamp,
) -> Result<Notices, Failure> {
    let mut notices = Notices::default();
    // Of each region: whether it works today, and whose Authority it belongs to.
    let mut regions: HashMap<String, (bool, String)> = HashMap::new();
    let until = end_of(today).unwrap_or(now).as_microsecond();
    let mut after = None;
    loop {
        let read = ticketing.store.read();
        let page = store::ticket::due_until(read, until, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(notices) };
        after = Some((last.due_at, last.ticket_id, last.number));
        for due in page {
            let region = due.region_code.clone();
            let (works, authority) = regions.entry(region).or_insert_with_key(|region| {
                // In a year without a calendar every day is worked.
                let day = calendar.of(region).day(today);
                (day.map_or(true, |day| day.working), authority_region(region))
            });
            if *works {
                notices.add(&Told::of(due, authority.clone()), now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
