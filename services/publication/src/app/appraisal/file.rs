//! A table as a file. It has as many rows as a ranking at most, or as there are findings of a period, so it is
//! written whole, in memory.

use platform::status::Failure;
use proto::publication::v1::AppraisalFormat;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::sheets::Sheet;
use crate::error::Error;

/// Tells spreadsheets that a file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
/// How wide a column is, in characters.
const WIDE: f64 = 18.0;

/// Writes it.
pub(crate) async fn write(format: AppraisalFormat, sheet: Sheet) -> Result<Vec<u8>, Error> {
    let written = tokio::task::spawn_blocking(move || match format {
        AppraisalFormat::Xlsx => workbook(&sheet).map_err(|why| why.to_string()),
        AppraisalFormat::Csv | AppraisalFormat::Unspecified => csv(&sheet),
    });
    let written = written.await.map_err(|died| died.to_string()).and_then(|written| written);
    Ok(written.map_err(|why| Failure::Internal(format!("appraisal: {why}")))?)
}

fn csv(sheet: &Sheet) -> Result<Vec<u8>, String> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(&sheet.columns).map_err(|why| why.to_string())?;
    for row in &sheet.rows {
        writer.write_record(row).map_err(|why| why.to_string())?;
    }
    writer.into_inner().map_err(|why| why.to_string())
}

fn workbook(sheet: &Sheet) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let page = workbook.add_worksheet();
    page.set_name(sheet.name)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (at, column) in (0..).zip(&sheet.columns) {
        page.set_column_width(at, WIDE)?;
        page.write_string_with_format(0, at, *column, &bold)?;
    }
    for (line, row) in (1..).zip(&sheet.rows) {
        for (at, cell) in (0..).zip(row) {
            // Text, whatever it looks like.
            page.write_string(line, at, cell)?;
        }
    }
    workbook.save_to_buffer()
}
