//! How a row's fields stand in the cells of a CSV, both ways. Text and numbers as they are; a list
//! one entry a line within its cell; entries with parts as one JSON object a line.

use serde_json::{Map, Value};

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Text.
    Text,
    /// A two-digit code, of which spreadsheets drop the zero.
    TwoDigits,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// Texts, one a line.
    Lines,
    /// JSON objects, one a line.
    Objects,
}

/// A kind of row: its columns, those without which no row can be read first marked as needed.
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
    optional("valid_from", Cell::Text),
    optional("valid_to", Cell::Text),
    optional("successor_id", Cell::Text),
    optional("nature", Cell::Text),
    optional("uscc", Cell::Text),
    optional("leader", Cell::Text),
    optional("contact", Cell::Text),
    optional("address", Cell::Text),
    optional("support_services", Cell::Objects),
    optional("authority", Cell::Flag),
];

pub(crate) const STAFF: &[Column] = &[
    needed("unit_id", Cell::Text),
    needed("name", Cell::Text),
    optional("region_code", Cell::Text),
    needed("agency_id", Cell::Text),
    needed("window_id", Cell::Text),
    optional("valid_from", Cell::Text),
    optional("valid_to", Cell::Text),
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

/// A cell as a JSON value; `None` if it is empty. What is no number stays text, to be refused where
/// the row is read.
pub(crate) fn value_of(cell: Cell, text: &str) -> Result<Option<Value>, String> {
    let whole = text;
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let lines = || whole.lines().filter(|line| !line.trim().is_empty());
    Ok(Some(match cell {
        // As it stands: what is given out is taken in again as it was.
        Cell::Text => Value::from(whole),
        Cell::TwoDigits => Value::from(format!("{text:0>2}")),
        Cell::Number => Value::from(text.parse::<u32>().map_err(|_| "is no whole number")?),
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
