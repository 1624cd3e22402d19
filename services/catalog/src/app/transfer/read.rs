//! Reads rows from bytes as they arrive. However long a file is, only a few chunks, one row and one
//! batch are in memory. A row or a file that is too long is refused.
//!
//! CSV is split into rows before it is decoded: in UTF-8 and in GB 18030 no delimiter is part of
//! another character.

use std::{
    io::{self, BufRead, BufReader, Read},
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use domain::text::tidy;
use encoding_rs::{GB18030, UTF_8};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::sync::mpsc::{Receiver, Sender};

use super::{
    columns::{Column, value_of},
    form::{Encoding, Format},
};

/// The longest row, in bytes; a quote that never ends makes no endless row.
const MAX_ROW: usize = 1 << 20;
/// How many rows are passed on at once.
const BATCH: usize = 500;

/// What is wrong with a row: the row from 1, the column or nothing, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) row: u64,
    pub(crate) column: String,
    pub(crate) reason: String,
}

/// Rows as they were read, in order.
pub(crate) type Batch<R> = Vec<(u64, Result<R, Vec<Wrong>>)>;

/// What is wrong with a whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Reading cannot continue; all reasons known so far.
    Malformed(Vec<String>),
    /// It is longer than allowed; holds the limit.
    TooLarge(String),
    /// The caller has gone.
    Left,
}

/// Reads rows until the bytes end. Blocking: runs on a thread of its own.
pub(crate) fn read_rows<R: DeserializeOwned>(
    chunks: Receiver<Vec<u8>>,
    most: u64,
    format: Format,
    encoding: Encoding,
    columns: &'static [Column],
    batches: &Sender<Batch<R>>,
) -> Result<(), Unreadable> {
    let left = Arc::new(AtomicUsize::new(MAX_ROW));
    let bytes = Bytes { chunks, chunk: Vec::new(), at: 0, total: 0, most, left: Arc::clone(&left) };
    let bytes = BufReader::new(without_mark(bytes, encoding)?);
    let (batch, seen) = (Vec::new(), EncodingClues::default());
    let mut rows = Rows { left, encoding, seen, columns, batch, row: 0, batches, of: PhantomData };
    match format {
        Format::Csv => rows.csv(bytes)?,
        Format::JsonLines => rows.json(bytes)?,
    }
    if encoding == Encoding::Gb18030 && rows.seen.is_utf8() {
        return Err(malformed("the file is UTF-8 by its bytes, not gb18030: name utf-8"));
    }
    rows.hand_on()
}

/// The bytes of a file as they arrive.
struct Bytes {
    chunks: Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
    total: u64,
    /// How many bytes a file may have.
    most: u64,
    /// How much of the current row may still come.
    left: Arc<AtomicUsize>,
}

impl Read for Bytes {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.chunks.blocking_recv() {
                None => return Ok(0),
                Some(chunk) => (self.chunk, self.at) = (chunk, 0),
            }
            self.total += self.chunk.len() as u64;
            if self.total > self.most {
                let why = format!("more than {} MiB", self.most >> 20);
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
            }
        }
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other("the row is longer than 1 MiB: is a quote left open?"));
        }
        let count = into.len().min(self.chunk.len() - self.at).min(left);
        into[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        self.left.store(left - count, Ordering::Relaxed);
        Ok(count)
    }
}

/// The file after its first bytes, unchanged.
type FileBytes = io::Chain<io::Cursor<Vec<u8>>, Bytes>;

/// Skips UTF-8's byte order mark, even if it comes in parts, and refuses that of another encoding.
fn without_mark(mut bytes: Bytes, encoding: Encoding) -> Result<FileBytes, Unreadable> {
    let mut start = Vec::new();
    bytes.by_ref().take(3).read_to_end(&mut start).map_err(unreadable)?;
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(malformed("the file is UTF-16 (\"Unicode text\"): save it as CSV UTF-8"));
    }
    if start == [0xEF, 0xBB, 0xBF] {
        if encoding != Encoding::Utf8 {
            return Err(malformed("the file is UTF-8 by its byte order mark, not gb18030"));
        }
        start.clear();
    }
    Ok(io::Cursor::new(start).chain(bytes))
}

/// What the bytes of a file show of its encoding.
#[derive(Default)]
struct EncodingClues {
    /// A character of three bytes or more in UTF-8, such as all Chinese ones.
    wide: bool,
    /// Bytes that are no UTF-8.
    other: bool,
}

impl EncodingClues {
    fn note(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.wide |= text.chars().any(|c| c.len_utf8() >= 3),
            Err(_) => self.other = true,
        }
    }

    /// Whether a file with another declared encoding is UTF-8. Each pair of its bytes may be some
    /// rare character of that other encoding; but if all of them together are valid UTF-8, it is no
    /// chance.
    fn is_utf8(&self) -> bool {
        self.wide && !self.other
    }
}

struct Rows<'a, R> {
    left: Arc<AtomicUsize>,
    encoding: Encoding,
    seen: EncodingClues,
    columns: &'static [Column],
    batch: Batch<R>,
    row: u64,
    batches: &'a Sender<Batch<R>>,
    of: PhantomData<R>,
}

impl<R: DeserializeOwned> Rows<'_, R> {
    fn csv(&mut self, bytes: BufReader<FileBytes>) -> Result<(), Unreadable> {
        // In both encodings, its delimiters are no part of any character.
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.byte_headers().map_err(csv_unreadable)?.clone();
        let columns = self.header(&header)?;
        let mut record = csv::ByteRecord::new();
        loop {
            self.begin_row();
            if !reader.read_byte_record(&mut record).map_err(csv_unreadable)? {
                return Ok(());
            }
            self.row += 1;
            // Spreadsheets leave empty cells beside the content, and empty rows below.
            let cells = filled(&record);
            if cells == 0 {
                continue;
            }
            let short = record.len() < columns.len();
            if short || cells > columns.len() {
                let cells = if short { record.len() } else { cells };
                self.refuse("", format!("has {cells} cells, the header {}", columns.len()))?;
                continue;
            }
            let mut fields = Map::new();
            let mut wrong = Vec::new();
            for (column, cell) in columns.iter().zip(&record) {
                let text = self.text(cell);
                let text = text.map_err(|why| {
                    malformed(format!("row {}, column \"{}\" {why}", self.row, column.name))
                })?;
                match value_of(column.cell, &text) {
                    Ok(None) => {}
                    Ok(Some(value)) => drop(fields.insert(column.name.to_owned(), value)),
                    Err(reason) => wrong.push(self.wrong(column.name, reason)),
                }
            }
            for column in self.columns.iter().filter(|column| column.needed) {
                let seen = wrong.iter().any(|known: &Wrong| known.column == column.name);
                if !fields.contains_key(column.name) && !seen {
                    wrong.push(self.wrong(column.name, "is empty".to_owned()));
                }
            }
            self.take(Value::Object(fields), wrong)?;
        }
    }

    /// The place of each column.
    fn header(&mut self, header: &csv::ByteRecord) -> Result<Vec<&'static Column>, Unreadable> {
        let mut found: Vec<&'static Column> = Vec::new();
        let mut wrong = Vec::new();
        for (cell, number) in header.iter().take(filled(header)).zip(1..) {
            let name = self.text(cell).map_err(|why| malformed(format!("the header {why}")))?;
            if name.trim().is_empty() {
                wrong.push(format!("column {number} has no name"));
                continue;
            }
            match self.columns.iter().find(|column| column.name == name.trim()) {
                None => wrong.push(format!("\"{}\" is no column", shortened(&name))),
                Some(column) if found.iter().any(|known| known.name == column.name) => {
                    wrong.push(format!("\"{}\" is there twice", column.name));
                }
                Some(column) => found.push(column),
            }
        }
        for column in self.columns.iter().filter(|column| column.needed) {
            if !found.iter().any(|known| known.name == column.name) {
                wrong.push(format!("\"{}\" is missing", column.name));
            }
        }
        if wrong.is_empty() {
            return Ok(found);
        }
        let reasons = wrong.into_iter().map(|why| format!("the header: {why}"));
        Err(Unreadable::Malformed(reasons.collect()))
    }

    fn json(&mut self, mut bytes: BufReader<FileBytes>) -> Result<(), Unreadable> {
        let mut line = Vec::new();
        loop {
            self.begin_row();
            line.clear();
            if bytes.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
                return Ok(());
            }
            self.row += 1;
            let text = self.text(&line).map_err(|why| self.malformed(&why))?;
            if text.trim().is_empty() {
                self.refuse("", "is an empty line".to_owned())?;
                continue;
            }
            match serde_json::from_str::<Map<String, Value>>(&text) {
                Ok(fields) => self.take(Value::Object(fields), Vec::new())?,
                Err(why) => self.refuse("", format!("is no JSON object: {why}"))?,
            }
        }
    }

    /// Bytes read ahead belong to the following rows, so the limit is not exact.
    fn begin_row(&self) {
        self.left.store(MAX_ROW, Ordering::Relaxed);
    }

    fn text(&mut self, bytes: &[u8]) -> Result<String, String> {
        let (encoding, hint) = match self.encoding {
            Encoding::Utf8 => (UTF_8, ": if GBK, name gb18030"),
            Encoding::Gb18030 => {
                self.seen.note(bytes);
                (GB18030, if self.seen.is_utf8() { ": it is UTF-8, name utf-8" } else { "" })
            }
        };
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        let text = text.ok_or_else(|| format!("is not {}{hint}", encoding.name()))?;
        Ok(text.into_owned())
    }

    fn take(&mut self, mut fields: Value, mut wrong: Vec<Wrong>) -> Result<(), Unreadable> {
        tidy_each(&mut fields);
        match serde_path_to_error::deserialize::<_, R>(fields) {
            Ok(row) if wrong.is_empty() => {
                self.batch.push((self.row, Ok(row)));
            }
            Ok(_) => self.batch.push((self.row, Err(wrong))),
            Err(error) => {
                let path = error.path().to_string();
                let column = path.split(['.', '[']).next().unwrap_or_default();
                let column = if column == "?" { "" } else { column };
                if !wrong.iter().any(|known| known.column == column || column.is_empty()) {
                    wrong.push(self.wrong(column, error.inner().to_string()));
                }
                self.batch.push((self.row, Err(wrong)));
            }
        }
        if self.batch.len() >= BATCH { self.hand_on() } else { Ok(()) }
    }

    fn refuse(&mut self, column: &str, reason: String) -> Result<(), Unreadable> {
        let wrong = self.wrong(column, reason);
        self.batch.push((self.row, Err(vec![wrong])));
        if self.batch.len() >= BATCH { self.hand_on() } else { Ok(()) }
    }

    fn wrong(&self, column: &str, reason: String) -> Wrong {
        Wrong { row: self.row, column: column.to_owned(), reason: shortened(&reason) }
    }

    fn malformed(&self, why: &str) -> Unreadable {
        malformed(format!("row {} {why}", self.row))
    }

    fn hand_on(&mut self) -> Result<(), Unreadable> {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return Ok(());
        }
        self.batches.blocking_send(batch).map_err(|_| Unreadable::Left)
    }
}

/// How many cells a record has, without empty ones at its end.
fn filled(record: &csv::ByteRecord) -> usize {
    let blank = |cell: &[u8]| cell.iter().all(u8::is_ascii_whitespace);
    record.iter().rposition(|cell| !blank(cell)).map_or(0, |last| last + 1)
}

/// Normalises every text of a row.
fn tidy_each(value: &mut Value) {
    match value {
        Value::String(text) => tidy(text),
        Value::Array(values) => values.iter_mut().for_each(tidy_each),
        Value::Object(fields) => fields.values_mut().for_each(tidy_each),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A reason can quote its input: it keeps enough of that to find the place.
fn shortened(text: &str) -> String {
    const MAX: usize = 200;
    if text.chars().count() <= MAX { text.to_owned() } else { text.chars().take(MAX).collect() }
}

fn malformed(why: impl Into<String>) -> Unreadable {
    Unreadable::Malformed(vec![why.into()])
}

fn csv_unreadable(error: csv::Error) -> Unreadable {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => unreadable(error),
        other => malformed(format!("{other:?}")),
    }
}

fn unreadable(error: io::Error) -> Unreadable {
    match error.kind() {
        io::ErrorKind::FileTooLarge => {
            Unreadable::TooLarge(format!("the file is larger than is taken: {error}"))
        }
        _ => malformed(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::channel;

    use super::*;

    #[test]
    fn c11_a_file_may_have_so_many_bytes_and_no_more() {
        for (before, taken) in [(10, true), (11, false)] {
            let (sender, chunks) = channel(1);
            sender.try_send(b"ab".to_vec()).unwrap();
            drop(sender);
            let left = Arc::new(AtomicUsize::new(MAX_ROW));
            let mut bytes =
                Bytes { chunks, chunk: Vec::new(), at: 0, total: before, most: 12, left };
            let read = bytes.read_to_end(&mut Vec::new()).map_err(unreadable);
            match taken {
                true => assert_eq!(read, Ok(2)),
                false => assert!(matches!(read, Err(Unreadable::TooLarge(_))), "{read:?}"),
            }
        }
    }
}
