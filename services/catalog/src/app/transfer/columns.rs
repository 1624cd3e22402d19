//! How a row's fields are written in the cells of a CSV, both ways. Text and numbers as they are; a
//! list has one entry a line within its cell; entries with parts are one JSON object a line.

use domain::codes::{SPREADSHEET_NUMBER, is_spreadsheet_number};
use jiff::civil::Date;
use serde_json::{Map, Value};

/// The kind of content of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Text.
    Text,
    /// A two-digit code; spreadsheets drop its zero.
    TwoDigits,
    /// A whole number.
    Number,
    /// A day, as spreadsheets write it too.
    Day,
    /// `true` or `false`.
    Flag,
    /// Texts, one a line.
    Lines,
    /// JSON objects, one a line.
    Objects,
}

/// A kind of row: its columns; columns without which no row can be read are marked as needed.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) cell: Cell,
    pub(crate) needed: bool,
}

const fn needed(name: &'static str, cell: Cell) -> Column {
    Column { name, cell, needed: true }
}

const fn optional(name: &'static str, cell: Cell) -> Column {
    Column { name, cell, needed: false }
}

pub(crate) const BASE_ITEMS: &[Column] = &[
    needed("base_code", Cell::Text),
    needed("name", Cell::Text),
    needed("type", Cell::TwoDigits),
    needed("legal_basis", Cell::Lines),
];

pub(crate) const ITEMS: &[Column] = &[
    needed("code", Cell::Text),
    optional("name", Cell::Text),
    optional("type", Cell::TwoDigits),
    optional("legal_basis", Cell::Lines),
    optional("handling_item", Cell::Text),
    needed("region_code", Cell::Text),
    needed("agency_id", Cell::Text),
    optional("line_id", Cell::Text),
    needed("handling", Cell::Text),
    needed("case_kind", Cell::Text),
    needed("statutory_days", Cell::Number),
    needed("statutory_unit", Cell::Text),
    needed("promised_days", Cell::Number),
    needed("promised_unit", Cell::Text),
    needed("accepting_unit", Cell::Text),
    needed("channels", Cell::Lines),
    needed("conditions", Cell::Lines),
    needed("materials", Cell::Objects),
    needed("procedure", Cell::Lines),
    needed("fee_basis", Cell::Text),
    needed("fee_standard", Cell::Text),
    needed("rating_channels", Cell::Lines),
    optional("form", Cell::Objects),
    optional("questionnaire", Cell::Objects),
    optional("steps", Cell::Objects),
    optional("participants", Cell::Objects),
];

pub(crate) const UNITS: &[Column] = &[
    needed("kind", Cell::Text),
    needed("unit_id", Cell::Text),
    needed("name", Cell::Text),
    optional("region_code", Cell::Text),
    optional("superior_id", Cell::Text),
    optional("agency_id", Cell::Text),
    optional("hall_id", Cell::Text),
    optional("window_id", Cell::Text),
    optional("valid_from", Cell::Day),
    optional("valid_to", Cell::Day),
    optional("successor_id", Cell::Text),
    optional("nature", Cell::Text),
    optional("uscc", Cell::Text),
    optional("leader", Cell::Text),
    optional("contact", Cell::Text),
    optional("address", Cell::Text),
    optional("support_services", Cell::Objects),
    optional("opening_hours", Cell::Objects),
    optional("authority", Cell::Flag),
];

pub(crate) const STAFF: &[Column] = &[
    needed("unit_id", Cell::Text),
    needed("name", Cell::Text),
    optional("region_code", Cell::Text),
    needed("agency_id", Cell::Text),
    needed("window_id", Cell::Text),
    optional("valid_from", Cell::Day),
    optional("valid_to", Cell::Day),
    optional("successor_id", Cell::Text),
];

pub(crate) const TAGS: &[Column] = &[
    needed("list_version", Cell::Text),
    optional("inherits", Cell::Text),
    needed("code", Cell::Text),
    needed("level", Cell::Text),
    optional("text", Cell::Text),
    optional("core", Cell::Flag),
    optional("retired", Cell::Flag),
];

/// A cell as a JSON value; `None` if it is empty. A text that is no number stays text, and is
/// refused when the row is read.
pub(crate) fn value_of(cell: Cell, text: &str) -> Result<Option<Value>, String> {
    let whole = text;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if matches!(cell, Cell::Text | Cell::TwoDigits) && is_spreadsheet_number(text) {
        return Err(format!("\"{text}\" {SPREADSHEET_NUMBER}"));
    }
    let lines = || whole.lines().filter(|line| !line.trim().is_empty());
    Ok(Some(match cell {
        // Unchanged: an exported value is imported as it was.
        Cell::Text => Value::from(whole),
        Cell::TwoDigits => Value::from(format!("{text:0>2}")),
        Cell::Number => Value::from(text.parse::<u32>().map_err(|_| "is no whole number")?),
        Cell::Day => Value::from(day(text)?),
        Cell::Flag => match text.to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return Err("is neither true nor false".to_owned()),
        },
        Cell::Lines => lines().map(Value::from).collect(),
        Cell::Objects => {
            let object = |line| serde_json::from_str::<Map<String, Value>>(line);
            let objects: Result<Vec<_>, _> = lines().map(object).collect();
            let objects = objects.map_err(|why| format!("is not one JSON object a line: {why}"))?;
            objects.into_iter().map(Value::Object).collect()
        }
    }))
}

/// A day in ISO 8601, from the forms of spreadsheets; any other text stays as it is.
fn day(text: &str) -> Result<String, &'static str> {
    // A cell with a date becomes a day with the time of midnight.
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    if !time.bytes().all(|byte| matches!(byte, b'0' | b':')) {
        return Ok(text.to_owned());
    }
    if let Some(day) = plain_day(day) {
        return Ok(day.to_string());
    }
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(day) && day.len() == 5 {
        return Err("is a spreadsheet's number of a day: format the column as a date there");
    }
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    if let [first, ..] = parts[..]
        && parts.len() == 3
        && first.len() < 4
        && parts.iter().all(|part| !part.is_empty() && digits(part))
    {
        return Err("may be read as more than one day: write the year first, YYYY-MM-DD");
    }
    Ok(text.to_owned())
}

/// A day with only one possible reading: the year with four digits first, or digits alone.
fn plain_day(text: &str) -> Option<Date> {
    let chinese = text.strip_suffix('日').map(|rest| rest.replacen(['年', '月'], "-", 2));
    let text = chinese.as_deref().unwrap_or(text);
    let between = text.chars().find(|c| !c.is_ascii_digit());
    let parts: Vec<&str> = match between {
        Some(between @ ('-' | '/' | '.')) => text.split(between).collect(),
        None if text.len() == 8 => vec![&text[..4], &text[4..6], &text[6..]],
        _ => return None,
    };
    let [year, month, day] = parts[..] else { return None };
    if year.len() != 4 || [month, day].iter().any(|part| part.len() > 2) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// A field as the text of a cell.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(entries) => {
            let lines: Vec<String> = entries.iter().map(text_of).collect();
            lines.join("\n")
        }
        other => other.to_string(),
    }
}
