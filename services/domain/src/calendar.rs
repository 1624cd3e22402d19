//! Which days are working days (工作日): the State Council's yearly notices with their make-up
//! workdays, as data. A year without a notice is computed on weekends and statutory days and is
//! *provisional* wherever it is shown.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::{
    deadline::iso_date,
    source::{Source, SourceError},
};

/// The work calendar.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    years: BTreeMap<i16, Year>,
}

#[derive(Clone, Debug)]
struct Year {
    /// The document number of its notice, or of each that decides days of it, with `；` between;
    /// none while the year has no notice.
    document: Option<String>,
    days_off: BTreeMap<Date, String>,
    make_up: BTreeMap<Date, String>,
}

/// What one day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayKind {
    /// Whether people work on it.
    pub working: bool,
    /// Why, in Chinese: 工作日, 周末, a holiday's name, 调休上班.
    pub reason: String,
    /// The notice its year follows from, or several with `；` between; `None` makes it
    /// provisional.
    pub document: Option<String>,
}

/// A day of a year of which neither a notice nor the statutory days are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no calendar is known for {year}")]
pub struct OutOfRange {
    /// The year.
    pub year: i16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i16,
    #[expect(dead_code, reason = "read by people in the file; the document number names it")]
    notice: String,
    document: String,
    holiday: Vec<HolidayFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayFile {
    name: String,
    days: Vec<toml::Spanned<String>>,
    workdays: Vec<toml::Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatutoryFile {
    #[expect(dead_code, reason = "read by people in the file")]
    source: String,
    year: Vec<StatutoryYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatutoryYear {
    year: i16,
    days: Vec<toml::Spanned<String>>,
}

impl Calendar {
    /// Reads the years with a notice and the statutory days of those without.
    ///
    /// # Errors
    /// The first thing wrong, with file and line: a malformed date, a date of another year, a
    /// make-up workday that is a workday or a day off anyway, a year given twice.
    pub fn parse(years: &[Source<'_>], statutory: Source<'_>) -> Result<Self, SourceError> {
        let mut calendar = Self::default();
        for source in years {
            let file: YearFile = source.parse()?;
            let mut year = Year {
                document: Some(file.document),
                days_off: BTreeMap::new(),
                make_up: BTreeMap::new(),
            };
            for holiday in file.holiday {
                for text in holiday.days {
                    let date = date_in(*source, &text, file.year)?;
                    year.days_off.insert(date, holiday.name.clone());
                }
                for text in holiday.workdays {
                    let date = date_in(*source, &text, file.year)?;
                    if !is_weekend(date) {
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
            if calendar.years.insert(file.year, year).is_some() {
                return Err(source.error(0, format!("the year {} is given twice", file.year)));
            }
        }
        let file: StatutoryFile = statutory.parse()?;
        let mut given = BTreeSet::new();
        for entry in file.year {
            if !given.insert(entry.year) {
                let why = format!("the year {} is given twice", entry.year);
                return Err(statutory.error(0, why));
            }
            let mut days_off = BTreeMap::new();
            for text in entry.days {
                let date = date_in(statutory, &text, entry.year)?;
                days_off.insert(date, "法定节假日".to_owned());
            }
            let year = Year { document: None, days_off, make_up: BTreeMap::new() };
            calendar.years.entry(entry.year).or_insert(year);
        }
        Ok(calendar)
    }

    /// What `date` is.
    ///
    /// # Errors
    /// [`OutOfRange`] if nothing is known of its year.
    pub fn day(&self, date: Date) -> Result<DayKind, OutOfRange> {
        let year = self.years.get(&date.year()).ok_or(OutOfRange { year: date.year() })?;
        let (working, reason) = if let Some(reason) = year.make_up.get(&date) {
            (true, reason.clone())
        } else if let Some(name) = year.days_off.get(&date) {
            (false, name.clone())
        } else if is_weekend(date) {
            (false, "周末".to_owned())
        } else {
            (true, "工作日".to_owned())
        };
        Ok(DayKind { working, reason, document: year.document.clone() })
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn date_in(
    source: Source<'_>,
    text: &toml::Spanned<String>,
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
