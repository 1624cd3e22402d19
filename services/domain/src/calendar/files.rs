//! The calendar's documents, as their authors write them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::Year;
use crate::{
    deadline::iso_date,
    source::{Source, SourceError},
};

/// A year with a notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct YearFile {
    pub(super) year: i16,
    #[expect(dead_code, reason = "read by people in the file; the document number names it")]
    notice: String,
    pub(super) document: String,
    pub(super) holiday: Vec<Holiday>,
}

/// What a region adds to a year.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverlayFile {
    pub(super) region: Spanned<String>,
    pub(super) year: i16,
    #[expect(dead_code, reason = "read by people in the file; the document number names it")]
    notice: String,
    pub(super) document: String,
    pub(super) holiday: Vec<Holiday>,
}

/// A holiday: its days off and the make-up workdays around it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Holiday {
    name: String,
    days: Vec<Spanned<String>>,
    workdays: Vec<Spanned<String>>,
}

/// The statutory days of years without a notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatutoryFile {
    #[expect(dead_code, reason = "read by people in the file")]
    source: String,
    pub(super) year: Vec<StatutoryYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatutoryYear {
    pub(super) year: i16,
    pub(super) days: Vec<Spanned<String>>,
}

impl Year {
    /// Reads a notice's holidays; `is_off` says whether a day is one off without them.
    pub(super) fn read(
        source: Source<'_>,
        number: i16,
        document: String,
        holidays: Vec<Holiday>,
        is_off: impl Fn(Date) -> bool,
    ) -> Result<Self, SourceError> {
        let document = Some(document);
        let mut year = Self { document, days_off: BTreeMap::new(), make_up: BTreeMap::new() };
        for holiday in holidays {
            for text in holiday.days {
                let date = date_in(source, &text, number)?;
                year.days_off.insert(date, holiday.name.clone());
            }
            for text in holiday.workdays {
                let date = date_in(source, &text, number)?;
                if !is_off(date) {
                    let why = format!("{date} is a workday anyway, it cannot be a make-up one");
                    return Err(source.error(text.span().start, why));
                }
                if year.days_off.contains_key(&date) {
                    let why = format!("{date} cannot be a day off and a make-up workday");
                    return Err(source.error(text.span().start, why));
                }
                year.make_up.insert(date, format!("{}调休上班", holiday.name));
            }
        }
        Ok(year)
    }
}

/// A date as the file writes it, in the year of the file.
pub(super) fn date_in(
    source: Source<'_>,
    text: &Spanned<String>,
    year: i16,
) -> Result<Date, SourceError> {
    let at = text.span().start;
    let date = iso_date(text.get_ref())
        .map_err(|why| source.error(at, format!("\"{}\" {why}", text.get_ref())))?;
    if date.year() != year {
        return Err(source.error(at, format!("{date} is not in {year}")));
    }
    Ok(date)
}
