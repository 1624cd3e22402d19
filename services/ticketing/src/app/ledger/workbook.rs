//! A workbook with a sheet of tickets and one of steps. Rows go to a temporary file as they are written
//! (constant memory), which no other process can open and which ends with this one.

use std::{
    io::{self, Write},
    mem,
};

use platform::status::Failure;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};
use tokio::sync::mpsc::Sender;

use super::out::Rows;
use crate::{
    convert::ledger::{STEP_COLUMNS, TICKET_COLUMNS},
    error::{Error, LedgerError},
};

/// How many rows a sheet has at most, its head among them: a limit of the format.
const SHEET_ROWS: u32 = 1_048_576;
/// How wide a column is, in characters.
const WIDE: f64 = 20.0;

/// A workbook that is being written.
pub(super) struct Book {
    workbook: Workbook,
    tickets: Sheet,
    steps: Sheet,
}

/// Which sheet rows of a kind go to.
struct Sheet {
    name: &'static str,
    columns: &'static [&'static str],
    /// The sheet's place in the workbook.
    place: usize,
    /// How many sheets of this kind there are.
    count: u32,
    /// The next row.
    row: u32,
    /// The row that is one too many.
    end: u32,
}

impl Book {
    /// A workbook with the heads of its sheets.
    pub(super) fn begin() -> Result<Self, Error> {
        Self::with_rows(SHEET_ROWS)
    }

    fn with_rows(end: u32) -> Result<Self, Error> {
        let mut workbook = Workbook::new();
        let sheet = |name, columns| Sheet { name, columns, place: 0, count: 0, row: 0, end };
        let mut tickets = sheet("工单", &TICKET_COLUMNS[..]);
        let mut steps = sheet("步骤", &STEP_COLUMNS[..]);
        tickets.begin(&mut workbook)?;
        steps.begin(&mut workbook)?;
        Ok(Self { workbook, tickets, steps })
    }

    /// Adds rows.
    pub(super) fn add(&mut self, rows: &Rows) -> Result<(), Error> {
        self.tickets.add(&mut self.workbook, &rows.tickets)?;
        self.steps.add(&mut self.workbook, &rows.steps)
    }

    /// Writes the whole file in pieces of about this size, until the receiver has gone.
    pub(super) fn end(mut self, pieces: Sender<Vec<u8>>, size: usize) -> Result<(), Error> {
        let mut out = Pieces { pieces, size, piece: Vec::new() };
        let written = self.workbook.save_to_writer(&mut out).map_err(unwritten);
        match written.and_then(|()| out.flush().map_err(|_| LedgerError::NoRoom.into())) {
            // Nobody is left to tell.
            Err(_) if out.pieces.is_closed() => Ok(()),
            written => written,
        }
    }
}

impl Sheet {
    fn begin(&mut self, workbook: &mut Workbook) -> Result<(), Error> {
        self.place = workbook.worksheets().len();
        self.count += 1;
        let name = match self.count {
            1 => self.name.to_owned(),
            count => format!("{}{count}", self.name),
        };
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(unwritten)?;
        self.head(sheet, &name).map_err(unwritten)?;
        self.row = 1;
        Ok(())
    }

    fn head(&self, sheet: &mut Worksheet, name: &str) -> Result<(), XlsxError> {
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (at, column) in (0..).zip(self.columns) {
            sheet.set_column_width(at, WIDE)?;
            sheet.write_string_with_format(0, at, *column, &bold)?;
        }
        Ok(())
    }

    fn add(&mut self, workbook: &mut Workbook, rows: &[Vec<String>]) -> Result<(), Error> {
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        for row in rows {
            if self.row == self.end {
                self.begin(workbook)?;
            }
            let sheet = workbook.worksheet_from_index(self.place).map_err(unwritten)?;
            for (at, cell) in (0..).zip(row) {
                // Text, whatever it looks like.
                sheet.write_string_with_format(self.row, at, cell, &wrapped).map_err(unwritten)?;
            }
            self.row += 1;
        }
        Ok(())
    }
}

fn unwritten(error: XlsxError) -> Error {
    match error {
        XlsxError::TempFileError(..) | XlsxError::IoError(_) | XlsxError::ZipError(_) => {
            LedgerError::NoRoom.into()
        }
        wrong => Failure::Internal(format!("ledger: {wrong}")).into(),
    }
}

/// Gives on what is written, piece by piece.
struct Pieces {
    pieces: Sender<Vec<u8>>,
    size: usize,
    piece: Vec<u8>,
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= self.size {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = mem::take(&mut self.piece);
        self.pieces.blocking_send(piece).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
