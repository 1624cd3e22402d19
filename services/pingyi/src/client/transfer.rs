//! `pingyi import`, `pingyi export` and `pingyi check-names`: files into and out of a running
//! server.

use std::{
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
};

use super::{ClientError, server::Server};
use clap::ValueEnum;
use domain::codes::{SPREADSHEET_NUMBER, is_spreadsheet_number};
use platform::{convert::to_wire, private};
use proto::catalog::v1::{
    CheckItemNamesRequest, ExportRequest, ImportHeader, ImportRequest, ImportSummary, NamedItem,
    TransferFormat, TransferKind, catalog_service_client::CatalogServiceClient,
    import_request::Part, import_response, name_mismatch::Kind as Mismatch,
    transfer_service_client::TransferServiceClient,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// How much of a file is sent at once.
const CHUNK: usize = 256 << 10;
/// Chunks that wait for the server.
const WAITING: usize = 4;
/// How many names are checked at once.
const NAMES: usize = 1_000;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Base items (基本目录)
    BaseItems,
    /// Items (实施清单)
    Items,
    /// Regions, agencies, halls, windows, lines, platforms, terminals
    Organization,
    /// Staff
    Staff,
    /// A tag list
    Tags,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// CSV with a header line
    Csv,
    /// One JSON object a line
    Json,
}

/// Sends a file to the catalogue, all or nothing.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// What it holds
    kind: Kind,
    /// The file
    file: PathBuf,
    /// How it is written, if its name does not say
    #[arg(long)]
    format: Option<Format>,
    /// utf-8, or gb18030 for GBK
    #[arg(long, default_value = "utf-8")]
    encoding: String,
    /// Check everything and change nothing
    #[arg(long)]
    check_only: bool,
    #[command(flatten)]
    server: Server,
}

/// Fetches a file from the catalogue.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// What it shall hold
    kind: Kind,
    /// The region, with all below it; not for base-items and tags
    #[arg(long, default_value = "")]
    region: String,
    /// How it shall be written
    #[arg(long, default_value = "csv")]
    format: Format,
    /// As it was then (2026-03-02T10:00:00+08:00); without it, now
    #[arg(long)]
    at: Option<jiff::Timestamp>,
    /// Where to; without it, to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

/// Compares the item names of a connected system with the catalogue.
#[derive(Debug, clap::Args)]
pub struct CheckNames {
    /// A CSV with the columns code and name
    file: PathBuf,
    #[command(flatten)]
    server: Server,
}

/// Why a file is not transferred.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file cannot be read or written.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// The format cannot be seen from the file's name.
    #[error("{0}: give --format csv or --format json")]
    Format(String),
    /// The names differ.
    #[error("{0} of the names differ from the catalogue")]
    NamesDiffer(usize),
    /// A row of the names' file is none.
    #[error("{file}: row {row}: {reason}")]
    Names {
        /// The file.
        file: String,
        /// The row, from 1.
        row: u64,
        /// What is wrong.
        reason: String,
    },
}

/// Sends a file and prints what is wrong with it, or what became of it.
///
/// # Errors
/// [`TransferError`]: also if a row is wrong, after all of them were printed.
pub async fn import(asked: Import, out: &mut impl Write) -> Result<(), TransferError> {
    let Import { kind, file, format, encoding, check_only, server } = asked;
    let file = file.as_path();
    let format = format_of(file, format)?;
    let header = ImportHeader {
        kind: kind_to_wire(kind).into(),
        format: format.into(),
        encoding,
        check_only,
    };
    let mut bytes = std::fs::File::open(file).map_err(|source| named(file, source))?;
    let (sender, parts) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || {
        let mut part = Some(Part::Header(header));
        // A server that refuses early hears no more.
        while let Some(sent) = part {
            if sender.blocking_send(ImportRequest { part: Some(sent) }).is_err() {
                return Ok(());
            }
            let mut chunk = vec![0; CHUNK];
            let count = bytes.read(&mut chunk)?;
            chunk.truncate(count);
            part = (count > 0).then_some(Part::Chunk(chunk));
        }
        Ok::<(), io::Error>(())
    });
    let mut client = TransferServiceClient::new(server.connect().await?);
    let request = server.signed(ReceiverStream::new(parts))?;
    let answered = client.import(request).await.map_err(ClientError::from)?;
    let mut answers = answered.into_inner();
    let ended = loop {
        match answers.message().await {
            Ok(Some(answer)) => match answer.part {
                Some(import_response::Part::RowError(wrong)) => {
                    let column = if wrong.column.is_empty() { "-" } else { &wrong.column };
                    write_line(out, &format!("row {}  {column}  {}", wrong.row, wrong.reason))?;
                }
                Some(import_response::Part::Summary(summary)) => {
                    write_line(out, &summary_line(&summary))?;
                }
                None => {}
            },
            Ok(None) => break Ok(()),
            Err(status) => break Err(ClientError::from(status)),
        }
    };
    if let Ok(Err(source)) = reading.await {
        return Err(named(file, source));
    }
    Ok(ended?)
}

fn summary_line(summary: &ImportSummary) -> String {
    let ImportSummary { rows, changed, errors, applied } = summary;
    let became = match (applied, errors) {
        (true, _) => "applied",
        (false, 0) => "checked only, nothing was changed",
        (false, _) => "nothing was changed",
    };
    format!("{rows} rows, {changed} new or changed, {errors} errors: {became}")
}

/// Fetches a file.
///
/// # Errors
/// [`TransferError`].
pub async fn export(asked: Export) -> Result<(), TransferError> {
    let Export { kind, region, format, at, output, server } = asked;
    let request = ExportRequest {
        kind: kind_to_wire(kind).into(),
        format: format_to_wire(format).into(),
        region_code: region,
        at: at.map(to_wire),
    };
    let mut client = TransferServiceClient::new(server.connect().await?);
    let answered = client.export(server.signed(request)?).await.map_err(ClientError::from)?;
    let mut chunks = answered.into_inner();
    // The file is made once the server has agreed to fill it.
    let mut first = chunks.message().await.map_err(ClientError::from)?;
    let mut out: Box<dyn Write + Send> = match &output {
        None => Box::new(io::stdout()),
        Some(file) => Box::new(private::create(file).map_err(|why| named(file, why))?),
    };
    while let Some(answer) = first {
        out.write_all(&answer.chunk).map_err(written)?;
        first = chunks.message().await.map_err(ClientError::from)?;
    }
    out.flush().map_err(written)
}

/// Checks the item names of a connected system, a CSV with the columns `code` and `name`, and
/// prints what differs.
///
/// # Errors
/// [`TransferError`]: also if a name differs, after all of them were printed.
pub async fn check_names(asked: CheckNames, out: &mut impl Write) -> Result<(), TransferError> {
    let CheckNames { file, server } = asked;
    let file = file.as_path();
    let wrong = |row: u64, reason: String| TransferError::Names {
        file: file.display().to_string(),
        row,
        reason,
    };
    // Spreadsheets leave empty cells beside what was written, in some rows more than in others.
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.flexible(true).from_path(file);
    let mut reader = reader.map_err(|why| wrong(0, why.to_string()))?;
    let header = reader.headers().map_err(|why| wrong(0, why.to_string()))?;
    let place =
        |name| header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
    let (Some(code), Some(name)) = (place("code"), place("name")) else {
        return Err(wrong(0, "the header names no columns \"code\" and \"name\"".to_owned()));
    };
    let mut client = CatalogServiceClient::new(server.connect().await?);
    let (mut differing, mut row, mut names, mut items) = (0, 0, 0, Vec::new());
    let mut records = reader.records();
    loop {
        let record = records.next();
        let ended = record.is_none();
        if let Some(record) = record {
            row += 1;
            let record = record.map_err(|why| wrong(row, unreadable(&why)))?;
            if let Some(item) = named_item(&record, code, name).map_err(|why| wrong(row, why))? {
                names += 1;
                items.push(item);
            }
        }
        if items.len() == NAMES || (ended && !items.is_empty()) {
            let request = CheckItemNamesRequest { items: std::mem::take(&mut items) };
            let answer = client.check_item_names(server.signed(request)?).await;
            for mismatch in answer.map_err(ClientError::from)?.into_inner().mismatches {
                differing += 1;
                let kind = match mismatch.kind() {
                    Mismatch::MalformedCode => "malformed code",
                    Mismatch::UnknownCode => "unknown code",
                    Mismatch::OtherName => "other name",
                    Mismatch::Cancelled => "cancelled",
                    Mismatch::Unspecified => "differs",
                };
                let item = mismatch.item.unwrap_or_default();
                let line =
                    format!("{}  {kind}  {} ≠ {}", item.code, item.name, mismatch.catalog_name);
                write_line(out, &line)?;
            }
        }
        if ended {
            break;
        }
    }
    write_line(out, &format!("{names} names, {differing} differ"))?;
    if differing == 0 { Ok(()) } else { Err(TransferError::NamesDiffer(differing)) }
}

/// The item of a row; none if the row is empty.
fn named_item(
    record: &csv::StringRecord,
    code: usize,
    name: usize,
) -> Result<Option<NamedItem>, String> {
    if record.iter().all(|cell| cell.trim().is_empty()) {
        return Ok(None);
    }
    let cell = |n: usize| record.get(n).unwrap_or_default().trim().to_owned();
    let item = NamedItem { code: cell(code), name: cell(name) };
    if is_spreadsheet_number(&item.code) {
        return Err(format!("column \"code\": \"{}\" {SPREADSHEET_NUMBER}", item.code));
    }
    Ok(Some(item))
}

/// Why a row of a CSV cannot be read.
fn unreadable(why: &csv::Error) -> String {
    match why.kind() {
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("column {} is not UTF-8: save it as CSV UTF-8", err.field() + 1)
        }
        _ => why.to_string(),
    }
}

fn kind_to_wire(kind: Kind) -> TransferKind {
    match kind {
        Kind::BaseItems => TransferKind::BaseItems,
        Kind::Items => TransferKind::Items,
        Kind::Organization => TransferKind::Organization,
        Kind::Staff => TransferKind::Staff,
        Kind::Tags => TransferKind::Tags,
    }
}

fn format_to_wire(format: Format) -> TransferFormat {
    match format {
        Format::Csv => TransferFormat::Csv,
        Format::Json => TransferFormat::JsonLines,
    }
}

/// The format said, or seen from the file's name.
fn format_of(file: &Path, said: Option<Format>) -> Result<TransferFormat, TransferError> {
    let extension = file.extension().and_then(|extension| extension.to_str());
    let seen = match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Some(Format::Csv),
        Some("json" | "jsonl" | "ndjson") => Some(Format::Json),
        _ => None,
    };
    let format = said.or(seen).map(format_to_wire);
    format.ok_or_else(|| TransferError::Format(file.display().to_string()))
}

fn write_line(out: &mut impl Write, line: &str) -> Result<(), TransferError> {
    writeln!(out, "{line}").map_err(written)
}

fn written(source: io::Error) -> TransferError {
    TransferError::File { file: "the output".to_owned(), source }
}

fn named(file: &Path, source: io::Error) -> TransferError {
    TransferError::File { file: file.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c09_a_row_of_names_is_an_item_or_empty_or_refused_with_its_column() {
        let read = |cells: &[&str]| named_item(&csv::StringRecord::from(cells.to_vec()), 0, 1);
        let item = read(&[" 002090000001 ", "示例", "", ""]).unwrap().unwrap();
        assert_eq!((item.code.as_str(), item.name.as_str()), ("002090000001", "示例"));
        assert_eq!(read(&["", " ", ""]), Ok(None));
        let why = read(&["2.09E+09", "示例"]).unwrap_err();
        assert!(why.starts_with("column \"code\": \"2.09E+09\" is no code any more"), "{why}");
    }
}
