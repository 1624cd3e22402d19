//! Writes rows as a file in the form of an import.

use serde::Serialize;
use serde_json::Value;

use super::{
    columns::{Column, text_of},
    form::Format,
};
use platform::status::Failure;

/// Writes rows into chunks.
pub(crate) struct Writer {
    format: Format,
    columns: &'static [Column],
    begun: bool,
}

impl Writer {
    /// A writer of rows with these columns.
    pub(crate) fn new(format: Format, columns: &'static [Column]) -> Self {
        Self { format, columns, begun: false }
    }

    /// The next bytes of the file: its beginning, if nothing was written yet, and some rows.
    pub(crate) fn rows<R: Serialize>(&mut self, rows: &[R]) -> Result<Vec<u8>, Failure> {
        let wrong = |why: &dyn std::fmt::Display| Failure::Internal(format!("export: {why}"));
        let mut bytes = Vec::new();
        match self.format {
            Format::JsonLines => {
                for row in rows {
                    let mut row = serde_json::to_value(row).map_err(|e| wrong(&e))?;
                    if let Value::Object(fields) = &mut row {
                        // Missing fields are not written, as in an imported row.
                        fields.retain(|_, value| !value.is_null() && *value != "");
                    }
                    serde_json::to_writer(&mut bytes, &row).map_err(|e| wrong(&e))?;
                    bytes.push(b'\n');
                }
            }
            Format::Csv => {
                if !self.begun {
                    bytes.extend_from_slice(&[0xEF, 0xBB, 0xBF]);
                }
                let mut writer = csv::Writer::from_writer(bytes);
                if !self.begun {
                    let names = self.columns.iter().map(|column| column.name);
                    writer.write_record(names).map_err(|e| wrong(&e))?;
                }
                for row in rows {
                    let row = serde_json::to_value(row).map_err(|e| wrong(&e))?;
                    let cell = |column: &Column| row.get(column.name).map(text_of);
                    let cells = self.columns.iter().map(|column| cell(column).unwrap_or_default());
                    writer.write_record(cells).map_err(|e| wrong(&e))?;
                }
                bytes = writer.into_inner().map_err(|e| wrong(&e))?;
            }
        }
        self.begun = true;
        Ok(bytes)
    }
}
