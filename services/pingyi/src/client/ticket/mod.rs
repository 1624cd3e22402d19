//! `pingyi ticket …`: the closed loop of negative ratings worked from a terminal.

mod args;
mod step;
mod table;
mod words;

use std::{
    io::{self, Read, Write},
    path::Path,
};

use jiff::Timestamp;
use platform::{clock::Clock, private};
use proto::{
    ticketing::v1::{
        ExportLedgerRequest, GetTicketRequest, LedgerFilter, LedgerFormat, ListTicketsRequest,
        ListTicketsResponse, RegisterUpperNoticeRequest, Ticket, Urgency,
        ledger_service_client::LedgerServiceClient, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::Level,
};
use tonic::{Code, transport::Channel};

pub use args::TicketCommand;
use args::{Asked, Export, LedgerSaid, LevelSaid, List, Notice, Once, Which};
use words::Texts;

use super::{ClientError, json::json, server::Server};

/// How many tickets are asked for at once.
const PAGE: u32 = 100;

/// Why a command on tickets is not done.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// The server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A write was sent, and nobody knows what became of it.
    #[error("{source}; 请求可能已登记，可加 --request-id {request_id} 原样重发")]
    Unknown {
        /// The request's identity.
        request_id: String,
        /// Why not.
        source: ClientError,
    },
    /// The answer lacks what it must have.
    #[error("the answer has no ticket")]
    Answer,
    /// Two texts were to come from standard input.
    #[error("only one text can be read from standard input (-)")]
    TwoFromInput,
    /// Standard input cannot be read.
    #[error("standard input: {0}")]
    Input(#[source] io::Error),
    /// A file cannot be written.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// The words cannot be written.
    #[error(transparent)]
    Out(#[from] io::Error),
}

impl TicketError {
    /// Whether the command line was wrong, and not what it asks for.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::TwoFromInput)
    }
}

impl From<tonic::Status> for TicketError {
    fn from(status: tonic::Status) -> Self {
        Self::Client(status.into())
    }
}

/// Does what is asked. The identity of each write is told on `told` before it is sent, so that it can
/// be repeated whatever becomes of it.
///
/// # Errors
/// [`TicketError`].
pub async fn run(
    command: TicketCommand,
    input: impl Read,
    out: &mut impl Write,
    told: &mut impl Write,
) -> Result<(), TicketError> {
    let TicketCommand { asked, server, json: as_json } = command;
    // Before the server is asked, so that a wrong command line is told as one.
    let mut texts = Texts::new(input);
    let now = Clock::System.now();
    match asked {
        Asked::List(List { which, limit }) => {
            let found = list(&server, &which, limit).await?;
            if as_json {
                let name = "pingyi.ticketing.v1.ListTicketsResponse";
                return Ok(writeln!(out, "{:#}", json(name, &found))?);
            }
            table::write_list(&found.tickets, now, out)?;
            if !found.next_page_token.is_empty() {
                writeln!(out, "还有更多工单，见 --limit")?;
            }
            Ok(())
        }
        Asked::Show { ticket } => {
            let ticket = whole(&server, ticket).await?;
            tell(&ticket, as_json, out, |ticket, out| table::write_ticket(ticket, now, out))
        }
        Asked::Step(asked) => {
            let (of, act) = step::act(*asked, &mut texts)?;
            let (request_id, mut client) = begin(&server, of.once, told).await?;
            let id = request_id.clone();
            let sent = step::send(&mut client, &server, id, of.ticket, act).await;
            written(sent, request_id, as_json, now, out)
        }
        Asked::Notice(notice) => {
            let summary = texts.take(notice.summary.clone())?;
            let (request_id, mut client) = begin(&server, notice.once.clone(), told).await?;
            let request = registration(notice, request_id.clone(), summary);
            let sent = client.register_upper_notice(server.signed(request)?).await;
            let sent = sent.map(|sent| sent.into_inner().ticket).map_err(ClientError::from);
            written(sent, request_id, as_json, now, out)
        }
        Asked::Export(asked) => {
            let (tickets, steps) = export(&server, asked).await?;
            if as_json {
                let told = serde_json::json!({"tickets": tickets, "steps": steps});
                return Ok(writeln!(out, "{told:#}")?);
            }
            Ok(writeln!(out, "已导出工单 {tickets} 件，步骤 {steps} 步")?)
        }
    }
}

/// Begins a write: tells its identity, and connects.
async fn begin(
    server: &Server,
    once: Once,
    told: &mut impl Write,
) -> Result<(String, TicketServiceClient<Channel>), TicketError> {
    let request_id = once.request_id.unwrap_or_else(|| Clock::System.new_id().to_string());
    writeln!(told, "请求编号 {request_id}")?;
    Ok((request_id, TicketServiceClient::new(server.connect().await?)))
}

/// Tells what came of a write.
fn written(
    sent: Result<Option<Ticket>, ClientError>,
    request_id: String,
    as_json: bool,
    now: Timestamp,
    out: &mut impl Write,
) -> Result<(), TicketError> {
    let ticket = sent.map_err(|source| match &source {
        ClientError::Refused { status } if is_answer_lost(status.code()) => {
            TicketError::Unknown { request_id, source }
        }
        _ => source.into(),
    })?;
    let ticket = ticket.ok_or(TicketError::Answer)?;
    tell(&ticket, as_json, out, |ticket, out| table::write_taken(ticket, now, out))
}

/// Whether a call may have been done all the same.
fn is_answer_lost(code: Code) -> bool {
    matches!(code, Code::Unavailable | Code::Unknown | Code::DeadlineExceeded | Code::Cancelled)
}

fn tell<W: Write>(
    ticket: &Ticket,
    as_json: bool,
    out: &mut W,
    table: impl FnOnce(&Ticket, &mut W) -> io::Result<()>,
) -> Result<(), TicketError> {
    if as_json {
        return Ok(writeln!(out, "{:#}", json("pingyi.ticketing.v1.Ticket", ticket))?);
    }
    Ok(table(ticket, out)?)
}

/// Page by page, so many of them.
async fn list(
    server: &Server,
    which: &Which,
    limit: usize,
) -> Result<ListTicketsResponse, TicketError> {
    let mut client = TicketServiceClient::new(server.connect().await?);
    let mut found = ListTicketsResponse::default();
    loop {
        let left = u32::try_from(limit.saturating_sub(found.tickets.len())).unwrap_or(u32::MAX);
        if left == 0 {
            return Ok(found);
        }
        let request = ListTicketsRequest {
            state: which.state.unwrap_or_default(),
            page_size: left.min(PAGE),
            page_token: found.next_page_token,
            urgency: urgency(which).into(),
            assignee: assignee(which),
            unassigned: which.unassigned,
            agency_id: which.agency.clone().unwrap_or_default(),
            participating: which.participating,
        };
        let page = client.list_tickets(server.signed(request)?).await?.into_inner();
        found.tickets.extend(page.tickets);
        found.next_page_token = page.next_page_token;
        if found.next_page_token.is_empty() {
            return Ok(found);
        }
    }
}

fn urgency(which: &Which) -> Urgency {
    match (which.overdue, which.today, which.soon) {
        (true, _, _) => Urgency::Overdue,
        (_, true, _) => Urgency::Today,
        (_, _, true) => Urgency::Soon,
        _ => Urgency::Unspecified,
    }
}

fn assignee(which: &Which) -> String {
    if which.mine { "me".to_owned() } else { which.assignee.clone().unwrap_or_default() }
}

/// A ticket with all its steps.
async fn whole(server: &Server, ticket_id: String) -> Result<Ticket, TicketError> {
    let mut client = TicketServiceClient::new(server.connect().await?);
    let mut before_step = 0;
    let mut whole: Option<Ticket> = None;
    loop {
        let request = GetTicketRequest { ticket_id: ticket_id.clone(), before_step };
        let answer = client.get_ticket(server.signed(request)?).await?.into_inner();
        let mut ticket = answer.ticket.ok_or(TicketError::Answer)?;
        let earlier = std::mem::take(&mut ticket.steps);
        let first = earlier.first().map_or(0, |step| step.sequence);
        let whole = whole.get_or_insert(ticket);
        whole.steps.splice(0..0, earlier);
        if first <= 1 {
            return Ok(std::mem::take(whole));
        }
        before_step = first;
    }
}

fn registration(notice: Notice, request_id: String, summary: String) -> RegisterUpperNoticeRequest {
    let level = match notice.level {
        None => Level::Unspecified,
        Some(LevelSaid::Dissatisfied) => Level::Dissatisfied,
        Some(LevelSaid::VeryDissatisfied) => Level::VeryDissatisfied,
    };
    RegisterUpperNoticeRequest {
        request_id,
        number: notice.number,
        agency_id: notice.agency,
        item_code: notice.item,
        due_on: notice.due_on,
        received_on: notice.received_on,
        level: level.into(),
        summary,
    }
}

/// Fetches the ledger into a file that only its owner reads; says how many tickets and steps it has.
async fn export(server: &Server, asked: Export) -> Result<(u64, u64), TicketError> {
    let Export { which, format, steps, from, to, output } = asked;
    let format = match (format, steps) {
        (LedgerSaid::Xlsx, _) => LedgerFormat::Xlsx,
        (LedgerSaid::Csv, false) => LedgerFormat::CsvTickets,
        (LedgerSaid::Csv, true) => LedgerFormat::CsvSteps,
    };
    let filter = LedgerFilter {
        state: which.state.unwrap_or_default(),
        urgency: urgency(&which).into(),
        assignee: assignee(&which),
        unassigned: which.unassigned,
        agency_id: which.agency.unwrap_or_default(),
        participating: which.participating,
        opened_from: from,
        opened_to: to,
    };
    let request = ExportLedgerRequest { format: format.into(), filter: Some(filter) };
    let mut client = LedgerServiceClient::new(server.connect().await?);
    let mut pieces = client.export_ledger(server.signed(request)?).await?.into_inner();
    // Half a file has another name: nobody takes it for a whole one.
    let half = output.with_extension("part");
    let kept = async {
        let mut file = private::create(&half).map_err(|why| named(&half, why))?;
        let mut given = (0, 0);
        while let Some(piece) = pieces.message().await? {
            file.write_all(&piece.chunk).map_err(|why| named(&half, why))?;
            given = (piece.tickets, piece.steps);
        }
        file.flush().map_err(|why| named(&half, why))?;
        std::fs::rename(&half, &output).map_err(|why| named(&output, why))?;
        Ok(given)
    };
    let kept: Result<_, TicketError> = kept.await;
    if kept.is_err() {
        // Perhaps it was never made.
        let _ = std::fs::remove_file(&half);
    }
    kept
}

fn named(file: &Path, source: io::Error) -> TicketError {
    TicketError::File { file: file.display().to_string(), source }
}
