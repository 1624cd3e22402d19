//! The calendar's files as they are written.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::{OpenDays, Year};
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

/// What a region adds to a year: its notice, what is still without a notice, or both.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OverlayFile {
    pub(super) region: Spanned<String>,
    pub(super) year: i16,
    #[expect(dead_code, reason = "read by people in the file; the document number names it")]
    notice: Option<String>,
    pub(super) document: Option<String>,
    pub(super) holiday: Option<Vec<Holiday>>,
    #[serde(default)]
    pub(super) unannounced: Vec<OpenHoliday>,
}

/// A holiday without a known notice: the days that the notice may move, and those of them that are
/// off as far as is known without it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenHoliday {
    name: String,
    from: Spanned<String>,
    to: Spanned<String>,
    days: Vec<Spanned<String>>,
    #[expect(dead_code, reason = "read by people in the file: where its days come from")]
    source: String,
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
    /// The first day, as `MM-DD`, of a year's end that the next year's notice may move; facts from
    /// before this field have none.
    pub(super) year_end_from: Option<Spanned<String>>,
    pub(super) year: Vec<StatutoryYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatutoryYear {
    pub(super) year: i16,
    pub(super) days: Vec<Spanned<String>>,
}

impl Year {
    /// Reads a notice's holidays; `is_off` states whether a day is off without them.
    pub(super) fn read(
        source: Source<'_>,
        number: i16,
        document: Option<String>,
        holidays: Vec<Holiday>,
        is_off: impl Fn(Date) -> bool,
    ) -> Result<Self, SourceError> {
        let mut year = Self { document, ..Self::default() };
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

impl OverlayFile {
    /// Whether it has content, and a notice has both its number and its days.
    pub(super) fn check(&self, source: Source<'_>) -> Result<(), SourceError> {
        if self.document.is_some() != self.holiday.is_some() {
            return Err(source.error(0, "a notice has `document` and `holiday`, or there is none"));
        }
        if self.document.is_none() && self.unannounced.is_empty() {
            return Err(source.error(0, "neither a notice nor anything `unannounced`"));
        }
        Ok(())
    }
}

impl OpenHoliday {
    /// Reads the days of a year that have no known notice.
    pub(super) fn read(self, source: Source<'_>, year: i16) -> Result<OpenDays, SourceError> {
        let from = date_in(source, &self.from, year)?;
        let to = date_in(source, &self.to, year)?;
        if to < from {
            return Err(source.error(self.to.span().start, format!("{to} is before {from}")));
        }
        let mut days_off = BTreeSet::new();
        for text in self.days {
            let date = date_in(source, &text, year)?;
            if date < from || date > to {
                let why = format!("{date} is not from {from} to {to}");
                return Err(source.error(text.span().start, why));
            }
            days_off.insert(date);
        }
        Ok(OpenDays { name: self.name, from, to, days_off })
    }
}

/// Month and day as the file writes them.
pub(super) fn month_day_in(
    source: Source<'_>,
    text: &Spanned<String>,
) -> Result<(i8, i8), SourceError> {
    // A leap year has every day there is.
    let date = iso_date(&format!("2000-{}", text.get_ref()));
    let why = |_| format!("\"{}\" is not a month and day (MM-DD)", text.get_ref());
    let date = date.map_err(|error| source.error(text.span().start, why(error)))?;
    Ok((date.month(), date.day()))
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
