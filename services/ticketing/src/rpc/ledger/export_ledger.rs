//! Gives the ledger of tickets and their steps as a file (T14).

use std::pin::Pin;

use domain::{
    deadline::{end_of, iso_date},
    violation::{Violation, Violations},
};
use jiff::{Timestamp, civil::Date};
use platform::auth::Officer;
use proto::ticketing::v1::{
    ExportLedgerRequest, ExportLedgerResponse, LedgerExportRecord, LedgerFilter, LedgerFormat,
    ListTicketsRequest,
};
use tokio::sync::mpsc::channel;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use crate::{
    app::{
        ledger::{Given, LedgerQuery, Stop, give, record},
        ticket::filter::read_filter,
    },
    error::{Error, LedgerError},
    state::Ticketing,
};

/// How many pieces wait for the caller.
const WAITING: usize = 4;

/// The file, piece by piece.
pub(crate) type Answers = Pin<Box<dyn Stream<Item = Result<ExportLedgerResponse, Status>> + Send>>;

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ExportLedgerRequest,
) -> Result<Answers, Error> {
    let shell = &ticketing.shell;
    let query = query(&request, &caller, shell.clock.now())?;
    let export = ticketing.exports.begin(caller.id()).ok_or(LedgerError::UnderWay)?;
    let begun = LedgerExportRecord {
        record_id: shell.clock.new_id().to_string(),
        actor: caller.id().to_owned(),
        actor_region: caller.region().to_owned(),
        actor_agency: caller.agency().unwrap_or_default().to_owned(),
        action: "export".to_owned(),
        request: Some(request),
        ..LedgerExportRecord::default()
    };
    record(ticketing, &begun).await?;
    let (chunks, receiver) = channel(WAITING);
    let ticketing = ticketing.clone();
    tokio::spawn(async move {
        let mut given = Given::default();
        let outcome = give(&ticketing, &caller, query, &chunks, &mut given).await;
        let action = if outcome.is_ok() { "export ended" } else { "export broken off" };
        let Given { tickets, steps } = given;
        let ended = LedgerExportRecord { action: action.to_owned(), tickets, steps, ..begun };
        let recorded = record(&ticketing, &ended).await;
        // Before the caller sees the end: it may ask for the next one at once.
        drop(export);
        let failed = match outcome {
            Err(Stop::Failed(error)) => Some(error),
            // Without its record the file does not end as if all were well.
            Ok(()) | Err(Stop::Gone) => recorded.err().map(Error::from),
        };
        if let Some(error) = failed {
            let _ = chunks.send(Err(error.into())).await;
        }
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

fn query(
    request: &ExportLedgerRequest,
    caller: &Officer,
    now: Timestamp,
) -> Result<LedgerQuery, Violations> {
    let mut wrong = Violations::default();
    let format = LedgerFormat::try_from(request.format).unwrap_or_default();
    wrong.require(format != LedgerFormat::Unspecified, "format", "is missing or unknown");
    let asked = request.filter.clone().unwrap_or_default();
    let mut of_filter = Violations::default();
    let day = |wrong: &mut Violations, field: &str, day: &str| match day {
        "" => None,
        day => wrong.take(field, iso_date(day)),
    };
    let from = day(&mut of_filter, "opened_from", &asked.opened_from);
    let to = day(&mut of_filter, "opened_to", &asked.opened_to);
    let turned = matches!((from, to), (Some(from), Some(to)) if from > to);
    of_filter.require(!turned, "opened_to", "is before opened_from");
    let filter = read_filter(&as_listed(asked), caller, now, &mut of_filter);
    let named = of_filter
        .0
        .into_iter()
        .map(|of| Violation { field: format!("filter.{}", of.field), description: of.description });
    wrong.0.extend(named);
    let begin = |day: Date| day.yesterday().ok().and_then(end_of);
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    let opened = (
        micros(from.and_then(begin)).unwrap_or(i64::MIN),
        micros(to.and_then(end_of)).unwrap_or(i64::MAX),
    );
    wrong.finish(LedgerQuery { format, filter, opened })
}

/// The parts of the filter that a list of tickets has too.
fn as_listed(filter: LedgerFilter) -> ListTicketsRequest {
    ListTicketsRequest {
        state: filter.state,
        urgency: filter.urgency,
        assignee: filter.assignee,
        unassigned: filter.unassigned,
        agency_id: filter.agency_id,
        participating: filter.participating,
        ..ListTicketsRequest::default()
    }
}

#[cfg(test)]
mod tests;
