//! The ledger as a file: rows are read page by page and given on at the caller's pace, so that an export
//! of any size takes the memory of some pages.

mod file;
mod out;
mod workbook;

use platform::{audit, auth::Officer, status::Failure};
use proto::{
    ticketing::v1::{LedgerExportRecord, LedgerFormat},
    r#type::v1::TicketState,
};
use uuid::Uuid;

use crate::{
    app::ticket::show::show,
    convert::{
        ledger::{step_cells, ticket_cells},
        ticket::{DEADLINES, TicketParts},
    },
    entity::ticket,
    error::Error,
    state::Ticketing,
    store::{self, ticket::Filter},
};
use file::LedgerFile;
pub(crate) use out::{Chunks, Given, Stop};
use out::{Out, Rows};

/// How many tickets are read at once.
const TICKETS: u64 = 100;
/// How many steps are read at once: each has some thousand characters at most.
const STEPS: u64 = 200;

/// Which tickets, in which form.
pub(crate) struct LedgerQuery {
    pub(crate) format: LedgerFormat,
    pub(crate) filter: Filter,
    /// Opened from the first instant to before the second.
    pub(crate) opened: (i64, i64),
}

/// Puts on the audit chain that an export begins, or how it ended.
pub(crate) async fn record(
    ticketing: &Ticketing,
    record: &LedgerExportRecord,
) -> Result<(), Failure> {
    let shell = &ticketing.shell;
    let record = LedgerExportRecord { at: shell.clock.now().as_microsecond(), ..record.clone() };
    let txn = ticketing.store.begin().await?;
    audit::commit(txn, &shell.clock, &record).await?;
    shell.bus.committed(ticketing.store.service());
    Ok(())
}

/// Gives out the ledger; `given` counts what the caller has been given, however it ends.
pub(crate) async fn give(
    ticketing: &Ticketing,
    caller: &Officer,
    query: LedgerQuery,
    chunks: &Chunks,
    given: &mut Given,
) -> Result<(), Stop> {
    let wants_steps = query.format != LedgerFormat::CsvTickets;
    let mut out = Out::new(chunks, given);
    let (mut file, head) = LedgerFile::begin(query.format).await?;
    out.send(head).await?;
    let mut after = None;
    loop {
        let read = ticketing.store.read();
        let page =
            store::ledger::tickets(read, caller, &query.filter, query.opened, after, TICKETS);
        let page = page.await?;
        let Some(last) = page.last() else { break };
        after = Some((last.opened_at, last.id));
        let of_steps: Vec<(Uuid, u64)> =
            page.iter().map(|row| (row.id, row.sequence.max(0).unsigned_abs().into())).collect();
        let tickets = tickets(ticketing, page).await?;
        out.given().tickets += u64::try_from(tickets.len()).unwrap_or_default();
        let (rest, bytes) = file.add(Rows { tickets, steps: Vec::new() }).await?;
        file = rest;
        out.send(bytes).await?;
        if wants_steps {
            file = steps(ticketing, &of_steps, file, &mut out).await?;
        }
    }
    file.end(&mut out).await
}

/// The rows of a page of tickets.
async fn tickets(
    ticketing: &Ticketing,
    page: Vec<ticket::Model>,
) -> Result<Vec<Vec<String>>, Error> {
    let read = ticketing.store.read();
    let ids: Vec<Uuid> = page.iter().map(|row| row.id).collect();
    let mut ratings = store::ticket::ratings_of(read, &ids).await?;
    let mut cells = Vec::with_capacity(page.len());
    for rows in store::ticket::with_rows(read, page).await? {
        let rating_count = ratings.remove(&rows.ticket.id).unwrap_or_default().count;
        let parts = TicketParts { rating_count, ..TicketParts::default() };
        let shown = show(ticketing, &rows, parts, DEADLINES).await?;
        let is_closed = matches!(shown.state(), TicketState::Closed | TicketState::Confirmed);
        let closed_at = rows.ticket.closed_at.filter(|_| is_closed);
        cells.push(ticket_cells(&shown, closed_at.map(platform::clock::instant)));
    }
    Ok(cells)
}

/// Adds the steps of a page of tickets, ticket by ticket: as many tickets at once as have few steps
/// together, and one with many of them in parts.
async fn steps(
    ticketing: &Ticketing,
    tickets: &[(Uuid, u64)],
    mut file: LedgerFile,
    out: &mut Out<'_>,
) -> Result<LedgerFile, Stop> {
    let sealer = &ticketing.shell.sealer;
    let mut waiting = tickets;
    while !waiting.is_empty() {
        let mut together = 0;
        let few = waiting.iter().take_while(|(_, count)| {
            together += count;
            together <= STEPS
        });
        let (now, later) = waiting.split_at(few.count().max(1));
        waiting = later;
        let ids: Vec<Uuid> = now.iter().map(|(id, _)| *id).collect();
        let mut after = 0;
        // Several tickets have few steps together, but for those that are taken right now.
        let limit = if ids.len() == 1 { STEPS } else { 10 * STEPS };
        loop {
            let read = ticketing.store.read();
            let found = store::ledger::steps(read, sealer, &ids, after, limit).await?;
            let count = found.values().map(Vec::len).sum::<usize>();
            let mut rows = Vec::with_capacity(count);
            for id in &ids {
                let name = id.to_string();
                let of = found.get(id).into_iter().flatten();
                rows.extend(of.map(|step| step_cells(&name, step)));
            }
            let last = ids.last().and_then(|id| found.get(id)?.last()).map(|step| step.sequence);
            out.given().steps += u64::try_from(count).unwrap_or_default();
            let (rest, bytes) = file.add(Rows { tickets: Vec::new(), steps: rows }).await?;
            file = rest;
            out.send(bytes).await?;
            let is_full = u64::try_from(count).unwrap_or_default() >= STEPS;
            match last.and_then(|last| i32::try_from(last).ok()) {
                Some(last) if is_full && ids.len() == 1 => after = last,
                _ => break,
            }
        }
    }
    Ok(file)
}
