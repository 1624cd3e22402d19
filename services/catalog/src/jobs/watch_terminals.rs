//! Watches the terminals: knows each that the organisation has, tells once that one is silent (失联), and
//! stops one whose certificate has ended. Two replicas may do it at once: what was told is marked in
//! the transaction that tells it, where it is not marked yet.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    calendar::Calendar,
    deadline::day_of,
    organization::{Organization, UnitKind, is_open},
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use platform::{
    clock::instant,
    convert::to_wire,
    facts,
    status::{Failure, causes},
    trouble::Kind,
};
use proto::{
    fact::v1::{TerminalSilent, TerminalStopped, fact::Body},
    r#type::v1::TerminalStopReason,
};
use sea_orm::ActiveValue::Set;

use crate::{
    entity::terminal,
    state::{Catalog, NAME},
    store::{self, terminal::unknown},
};

/// How often it looks.
const LOOK: Duration = Duration::from_secs(20);
/// How many terminals it looks at together.
const BATCH: u64 = 500;
/// The trouble of a look that fails.
const WAIT: Kind = Kind::Job("terminals are watched");

/// The organisation, and the day, that were looked at last.
#[derive(Default)]
pub(crate) struct Looked(Option<(Arc<Organization>, Date)>);

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WatchCount {
    /// Terminals that are new, moved or gone.
    pub(crate) placed: usize,
    pub(crate) silent: usize,
    pub(crate) ended: usize,
}

/// Keeps looking until the process stops.
pub async fn run(catalog: Catalog) {
    let mut looked = Looked::default();
    let troubles = catalog.store.troubles();
    while !catalog.shell.stop.is_stopped() {
        match round(&catalog, &mut looked).await {
            Ok(WatchCount { placed: 0, silent: 0, ended: 0 }) => troubles.end(WAIT),
            Ok(WatchCount { placed, silent, ended }) => {
                troubles.end(WAIT);
                tracing::info!(placed, silent, ended, "terminals watched");
            }
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = catalog.shell.stop.stopped() => {}
        }
    }
}

/// Looks once.
pub(crate) async fn round(catalog: &Catalog, looked: &mut Looked) -> Result<WatchCount, Failure> {
    let view = catalog.memory.view().await?;
    let now = catalog.shell.clock.now();
    let today = day_of(now);
    let mut count = WatchCount::default();
    let is_known = looked.0.as_ref().is_some_and(|(organization, day)| {
        Arc::ptr_eq(organization, &view.organization) && *day == today
    });
    if !is_known {
        count.placed = place(catalog, &view.organization, today).await?;
        looked.0 = Some((Arc::clone(&view.organization), today));
    }
    count.ended = end(catalog, now).await?;
    let (organization, calendar) = (&*view.organization, view.documents.calendar());
    let calendar = calendar.map(AsRef::as_ref);
    let open = Open { organization, calendar, now, patience: catalog.terminals.silent_after };
    count.silent = tell_silence(catalog, &open).await?;
    Ok(count)
}

/// Which places are open now.
struct Open<'a> {
    organization: &'a Organization,
    calendar: Option<&'a Calendar>,
    now: Timestamp,
    patience: SignedDuration,
}

impl Open<'_> {
    /// Whether a terminal is expected to be heard: where a hall is closed its terminals are switched off,
    /// and have their time to start.
    fn expects(&self, row: &terminal::Model) -> bool {
        let on = |id: &str| self.organization.on(id, day_of(self.now));
        let Some(unit) = on(&row.terminal_id) else { return false };
        let hall = unit.hall_id.as_deref().and_then(on);
        let own = Some(&unit.opening_hours).filter(|own| !own.is_empty());
        let hours = own.or(hall.map(|hall| &hall.opening_hours)).filter(|hours| !hours.is_empty());
        let calendar = self.calendar.map(|calendar| calendar.of(&unit.region_code));
        let kind = |day| calendar.as_ref()?.day(day).ok();
        let margin = (-self.patience, SignedDuration::ZERO);
        hours.is_none_or(|hours| is_open(hours, self.now, margin, kind))
    }
}

/// Knows each terminal of the organisation, and where it stands.
async fn place(
    catalog: &Catalog,
    organization: &Organization,
    today: Date,
) -> Result<usize, Failure> {
    let units = organization.all_on(today).filter(|unit| unit.kind == UnitKind::Terminal);
    let units: HashMap<&str, &str> =
        units.map(|unit| (unit.id.as_str(), unit.region_code.as_str())).collect();
    let store = &catalog.store;
    let known = store::terminal::places(store.read()).await?;
    let mut new = units.clone();
    let mut moved = Vec::new();
    for (id, region, stands) in &known {
        new.remove(id.as_str());
        match units.get(id.as_str()) {
            Some(now) if *stands && now == region => {}
            Some(now) => moved.push((id, (*now).to_owned(), true)),
            None if *stands => moved.push((id, region.clone(), false)),
            None => {}
        }
    }
    let count = new.len() + moved.len();
    let new: Vec<_> = new.into_iter().map(|(id, region)| unknown(id, region)).collect();
    store.note(store::terminal::add(store.write(), new).await)?;
    for (id, region, stands) in moved {
        let set = terminal::ActiveModel {
            region_code: Set(region),
            stands: Set(stands),
            ..Default::default()
        };
        store.note(store::terminal::change(store.write(), id, set).await)?;
    }
    Ok(count)
}

/// Tells which terminals are silent for too long, each once until it is heard again.
async fn tell_silence(catalog: &Catalog, open: &Open<'_>) -> Result<usize, Failure> {
    let before = open.now.saturating_add(-open.patience).unwrap_or(open.now);
    let (mut after, mut count) = ((i64::MIN, String::new()), 0);
    loop {
        let from = (after.0, after.1.as_str());
        let before = before.as_microsecond();
        let read = catalog.store.read();
        let rows = store::terminal::silent(read, from, before, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(count) };
        after = (last.heard_at.unwrap_or_default(), last.terminal_id.clone());
        let due: Vec<&terminal::Model> = rows.iter().filter(|row| open.expects(row)).collect();
        if due.is_empty() {
            continue;
        }
        let (txn, mut told) = (catalog.store.begin().await?, Vec::new());
        for row in due {
            let Some(heard_at) = row.heard_at else { continue };
            if store::terminal::tell_silence(&txn, &row.terminal_id, heard_at).await? {
                told.push(Body::TerminalSilent(TerminalSilent {
                    terminal_id: row.terminal_id.clone(),
                    heard_at: Some(to_wire(instant(heard_at))),
                }));
            }
        }
        count += told.len();
        facts::commit(txn, &catalog.shell.clock, told).await?;
        catalog.shell.bus.committed(NAME);
    }
}

/// Stops the terminals whose last certificate has ended.
async fn end(catalog: &Catalog, now: Timestamp) -> Result<usize, Failure> {
    let mut count = 0;
    loop {
        let read = catalog.store.read();
        let rows = store::terminal::ended(read, now.as_microsecond(), BATCH).await?;
        if rows.is_empty() {
            return Ok(count);
        }
        let (txn, mut told) = (catalog.store.begin().await?, Vec::new());
        let expired = TerminalStopReason::Expired;
        let reason = i16::try_from(i32::from(expired)).unwrap_or_default();
        for row in &rows {
            let Some(ended_at) = row.certificate_ends_at else { continue };
            if store::terminal::stop_ended(&txn, &row.terminal_id, ended_at, reason).await? {
                told.push(Body::TerminalStopped(TerminalStopped {
                    terminal_id: row.terminal_id.clone(),
                    stopped_at: Some(to_wire(instant(ended_at))),
                    reason: expired.into(),
                }));
            }
        }
        count += told.len();
        facts::commit(txn, &catalog.shell.clock, told).await?;
        catalog.shell.bus.committed(NAME);
    }
}

#[cfg(test)]
mod tests;
