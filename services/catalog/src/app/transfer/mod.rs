//! Import and export of files of rows (C11): CSV and JSON Lines of any length in bounded memory.

mod columns;
mod form;
mod read;
mod rows;
mod tags;
mod take_in;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use form::{Encoding, FileForm, Format, format};
pub(crate) use rows::{BaseRow, ItemRow, UnitRow};
pub(crate) use tags::rows_of;
pub(crate) use take_in::{TakeIn, columns_of};
pub(crate) use write::Writer;
