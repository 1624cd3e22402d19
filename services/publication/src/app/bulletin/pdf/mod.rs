//! A bulletin as a PDF: A4 pages with the font embedded, and text that can be searched and copied. Pure, and always
//! the same bytes for the same bulletin.

mod font;
mod sheet;

use super::report::{Bar, Block, Point, Report, Section, Table, percent};
use font::PdfError;
use sheet::{BLACK, BLUE, GREY, Ink, LEFT, LINE, PALE, RED, RULE, Sheets};

/// The size of text.
const SIZE: f32 = 10.5;
/// The size of text in tables and charts.
const SMALL: f32 = 9.0;
/// What is white at each side of a cell.
const PAD: f32 = 5.0;
/// The height of a line within a cell.
const ROW: f32 = 14.0;
/// How much of a table's line one column takes at most.
const WIDEST: f32 = 0.45;
/// The height of a bar with its gap.
const BAR: f32 = 19.0;
/// Where bars begin, and how long the longest is.
const NAMES: f32 = 120.0;
const LONGEST: f32 = LINE - NAMES - 80.0;
/// The height of a line chart.
const CHART: f32 = 150.0;

/// The file.
///
/// # Errors
/// [`PdfError`].
pub(crate) fn pdf(report: &Report) -> Result<Vec<u8>, PdfError> {
    let mut sheets = Sheets::new()?;
    sheets.centred(&report.issuer, 13.0, RED, false);
    sheets.centred(&report.title, 20.0, BLACK, true);
    sheets.centred(&report.about, SMALL, GREY, false);
    sheets.skip(8.0);
    let y = sheets.y();
    for (thick, below) in [(2.0, 0.0), (0.6, 3.0)] {
        sheets.rule(&[(LEFT, y + below), (LEFT + LINE, y + below)], thick, RED);
    }
    sheets.skip(12.0);
    for notice in &report.notices {
        sheets.paragraph(notice, SIZE, RED);
    }
    if let Some(own) = &report.own {
        section(&mut sheets, own);
    }
    sheets.paragraph(&report.summary, SIZE, BLACK);
    for of in &report.sections {
        section(&mut sheets, of);
    }
    heading(&mut sheets, "说明");
    for note in &report.notes {
        sheets.paragraph(&format!("· {note}"), SMALL, GREY);
    }
    sheets.finish(&format!("{}{}", report.issuer, report.title))
}

fn heading(sheets: &mut Sheets, text: &str) {
    // With something of what it heads.
    sheets.need(90.0);
    sheets.skip(30.0);
    let y = sheets.y();
    sheets.fill((LEFT, y - 13.0), 3.5, 16.0, RED);
    sheets.text((LEFT + 10.0, y), 13.5, BLACK, true, text);
    sheets.skip(8.0);
}

fn section(sheets: &mut Sheets, section: &Section) {
    heading(sheets, &section.heading);
    for block in &section.blocks {
        match block {
            Block::Text(said) => sheets.paragraph(said, SIZE, BLACK),
            Block::Table(of) => table(sheets, of),
            Block::Bars { title, full, bars: of, .. } => bars(sheets, title, *full, of),
            Block::Line { title, points, .. } => line(sheets, title, points),
        }
    }
}

fn caption(sheets: &mut Sheets, text: &str, below: f32) {
    sheets.need(24.0 + below);
    sheets.skip(20.0);
    let y = sheets.y();
    sheets.text((LEFT, y), SIZE, BLACK, true, text);
    sheets.skip(6.0);
}

/// How wide each column is: as its widest cell asks for, all together as wide as a line.
fn columns(sheets: &Sheets, table: &Table) -> Vec<f32> {
    let cells = |n: usize| {
        let own = table.rows.iter().filter_map(move |row| row.get(n)).map(String::as_str);
        table.heads.get(n).copied().into_iter().chain(own)
    };
    let widest = |n: usize| {
        let widths = cells(n).map(|cell| sheets.width(cell, SMALL) + 2.0 * PAD + 2.0);
        widths.fold(0.0, f32::max).min(LINE * WIDEST)
    };
    let widths: Vec<f32> = (0..table.heads.len()).map(widest).collect();
    let all: f32 = widths.iter().sum();
    widths.into_iter().map(|width| width * LINE / all.max(1.0)).collect()
}

fn table(sheets: &mut Sheets, table: &Table) {
    let columns = columns(sheets, table);
    caption(sheets, table.caption, 3.0 * ROW);
    let heads: Vec<String> = table.heads.iter().map(|head| (*head).to_owned()).collect();
    row(sheets, &columns, (heads.as_slice(), table.words), true);
    for cells in &table.rows {
        let lines = lines(sheets, &columns, cells);
        if sheets.need(height(&lines)) {
            row(sheets, &columns, (heads.as_slice(), table.words), true);
        }
        row(sheets, &columns, (cells.as_slice(), table.words), false);
    }
    sheets.skip(6.0);
}

fn lines(sheets: &Sheets, columns: &[f32], cells: &[String]) -> Vec<Vec<String>> {
    let cell = |(cell, width): (&String, &f32)| sheets.lines(cell, SMALL, width - 2.0 * PAD);
    cells.iter().zip(columns).map(cell).collect()
}

fn height(lines: &[Vec<String>]) -> f32 {
    let most = lines.iter().map(Vec::len).max().unwrap_or(1);
    u16::try_from(most).map_or(0.0, f32::from) * ROW + 4.0
}

/// A row, of which the first `words` cells are text and the others numbers.
fn row(sheets: &mut Sheets, columns: &[f32], (cells, words): (&[String], usize), is_head: bool) {
    let lines = lines(sheets, columns, cells);
    let (height, top) = (height(&lines), sheets.y());
    if is_head {
        sheets.fill((LEFT, top), LINE, height, PALE);
    }
    let mut x = LEFT;
    for (n, (width, lines)) in columns.iter().zip(&lines).enumerate() {
        let mut y = top + ROW - 2.0;
        for line in lines {
            let at = match n < words {
                true => x + PAD,
                false => x + width - PAD - sheets.width(line, SMALL),
            };
            sheets.text((at, y), SMALL, BLACK, is_head, line);
            y += ROW;
        }
        x += width;
    }
    for y in [top, top + height] {
        sheets.rule(&[(LEFT, y), (LEFT + LINE, y)], 0.5, RULE);
    }
    sheets.skip(height);
}

fn bars(sheets: &mut Sheets, title: &str, full: u64, bars: &[Bar]) {
    let rows = u16::try_from(bars.len()).map_or(0.0, f32::from);
    caption(sheets, title, rows * BAR);
    let longest = bars.iter().map(|bar| bar.length).max().unwrap_or_default().max(full).max(1);
    for bar in bars {
        sheets.need(BAR);
        let y = sheets.y();
        let name = sheets.lines(&bar.name, SMALL, NAMES - 10.0).swap_remove(0);
        let x = LEFT + NAMES - 8.0 - sheets.width(&name, SMALL);
        sheets.text((x, y + 12.5), SMALL, BLACK, false, &name);
        let length = LONGEST * share(bar.length, longest);
        let ink: Ink = if bar.bad { RED } else { BLUE };
        sheets.fill((LEFT + NAMES, y + 3.0), length, BAR - 7.0, ink);
        let x = LEFT + NAMES + length + 6.0;
        sheets.text((x, y + 12.5), SMALL, BLACK, false, &bar.value);
        sheets.skip(BAR);
    }
    sheets.skip(4.0);
}

/// A part of a whole, from 0 to 1.
fn share(part: u64, whole: u64) -> f32 {
    let thousandths = u128::from(part) * 1_000 / u128::from(whole.max(1));
    u16::try_from(thousandths).map_or(1.0, f32::from) / 1_000.0
}

fn line(sheets: &mut Sheets, title: &str, points: &[Point]) {
    caption(sheets, title, CHART);
    let values = || points.iter().filter_map(|point| point.value);
    // Below 100 %, so that the scale does not go beyond it.
    let low = (values().min().unwrap_or_default() / 1_000 * 1_000).min(9_000);
    let high = (values().max().unwrap_or_default().div_ceil(1_000) * 1_000).max(low + 1_000);
    let (top, left, long) = (sheets.y() + 14.0, LEFT + 34.0, LINE - 60.0);
    let tall = CHART - 42.0;
    let y = |value: u64| top + tall * (1.0 - share(value.saturating_sub(low), high - low));
    let steps = u16::try_from(points.len().saturating_sub(1).max(1)).map_or(1.0, f32::from);
    let x = |n: usize| left + long * u16::try_from(n).map_or(0.0, f32::from) / steps;
    for edge in [low, high] {
        sheets.rule(&[(left, y(edge)), (left + long, y(edge))], 0.5, RULE);
        let name = format!("{}%", edge / 100);
        let at = left - 6.0 - sheets.width(&name, SMALL);
        sheets.text((at, y(edge) + 3.0), SMALL, GREY, false, &name);
    }
    let numbered: Vec<(usize, &Point)> = points.iter().enumerate().collect();
    for run in numbered.split(|(_, point)| point.value.is_none()) {
        let corners: Vec<(f32, f32)> = run
            .iter()
            .filter_map(|(n, point)| point.value.map(|value| (x(*n), y(value))))
            .collect();
        if corners.len() > 1 {
            sheets.rule(&corners, 1.6, BLUE);
        }
    }
    for (n, point) in points.iter().enumerate() {
        if let Some(value) = point.value {
            sheets.fill((x(n) - 2.0, y(value) - 2.0), 4.0, 4.0, BLUE);
            let told = percent(Some(value));
            let at = x(n) - sheets.width(&told, 7.0) / 2.0;
            sheets.text((at, y(value) - 6.0), 7.0, BLACK, false, &told);
        }
        let at = x(n) - sheets.width(&point.name, 8.0) / 2.0;
        sheets.text((at, top + tall + 14.0), 8.0, GREY, false, &point.name);
    }
    sheets.skip(CHART);
}

#[cfg(test)]
mod tests;
