//! The file of a ledger: CSV, which is sent as it is written, or a workbook, which lies in temporary
//! files until it is whole.

use platform::status::Failure;
use proto::ticketing::v1::LedgerFormat;

use super::{
    out::{CHUNK, Out, Rows, Stop},
    workbook::Book,
};
use crate::{
    convert::ledger::{STEP_COLUMNS, TICKET_COLUMNS},
    error::Error,
};

/// How many pieces of a workbook wait to be sent.
const WAITING: usize = 4;
/// Tells spreadsheets that a file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// A file that is being written.
pub(super) enum LedgerFile {
    /// Tickets.
    CsvTickets,
    /// Steps.
    CsvSteps,
    /// Both.
    Workbook(Box<Book>),
}

impl LedgerFile {
    /// Begins a file; also its first bytes.
    pub(super) async fn begin(format: LedgerFormat) -> Result<(Self, Vec<u8>), Error> {
        let head = |columns: &[&str]| -> Result<Vec<u8>, Error> {
            let columns = columns.iter().map(|column| (*column).to_owned()).collect();
            Ok([BYTE_ORDER_MARK, &csv(vec![columns])?].concat())
        };
        Ok(match format {
            LedgerFormat::CsvTickets => (Self::CsvTickets, head(&TICKET_COLUMNS)?),
            LedgerFormat::CsvSteps => (Self::CsvSteps, head(&STEP_COLUMNS)?),
            LedgerFormat::Xlsx | LedgerFormat::Unspecified => {
                (Self::Workbook(Box::new(blocking(Book::begin).await?)), Vec::new())
            }
        })
    }

    /// Adds rows; also the bytes they are, if they can be sent already.
    pub(super) async fn add(self, rows: Rows) -> Result<(Self, Vec<u8>), Error> {
        Ok(match self {
            Self::CsvTickets => (self, csv(rows.tickets)?),
            Self::CsvSteps => (self, csv(rows.steps)?),
            Self::Workbook(mut book) => {
                let book = move || book.add(&rows).map(|()| book);
                (Self::Workbook(blocking(book).await?), Vec::new())
            }
        })
    }

    /// Ends the file and sends what is not sent yet.
    pub(super) async fn end(self, out: &mut Out<'_>) -> Result<(), Stop> {
        let Self::Workbook(book) = self else { return Ok(()) };
        let (sender, mut pieces) = tokio::sync::mpsc::channel(WAITING);
        let writing = tokio::spawn(blocking(move || book.end(sender, CHUNK)));
        while let Some(piece) = pieces.recv().await {
            out.send(piece).await?;
        }
        let written = writing.await.map_err(|died| Failure::Internal(died.to_string()))?;
        Ok(written?)
    }
}

/// Does what reads and writes files where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|died| Error::Failure(Failure::Internal(died.to_string())))?
}

fn csv(rows: Vec<Vec<String>>) -> Result<Vec<u8>, Error> {
    let wrong = |why: String| Failure::Internal(format!("ledger: {why}"));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    for row in rows {
        writer.write_record(row).map_err(|why| wrong(why.to_string()))?;
    }
    Ok(writer.into_inner().map_err(|why| wrong(why.to_string()))?)
}
