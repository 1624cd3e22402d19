//! Which days are working days (工作日): the State Council's yearly notices with their make-up
//! workdays, and what regions add to them, as data. A day that a missing notice may still move is
//! *provisional* wherever it is shown:
//!
//! - a year without a notice, computed from weekends and statutory days;
//! - in a region that has had its own days since an earlier year, a year without its announcement,
//!   or only the days that the notice may move, where the data name them;
//! - the end of a year, until the next year's notice is there.

mod files;

use std::{
    collections::{BTreeMap, BTreeSet},
    iter,
    sync::Arc,
};

use jiff::civil::{Date, Weekday};

use crate::{
    codes::RegionCode,
    source::{Source, SourceError},
};
use files::{OverlayFile, StatutoryFile, YearFile, date_in, month_day_in};

/// The work calendar: the nation's, or with [`Calendar::of`] a region's. Cloning it is cheap.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    published: Arc<Notices>,
    /// The divisions whose overlays count, the nearest first; none in the nation's calendar.
    regions: Vec<String>,
}

#[derive(Clone, Debug, Default)]
struct Notices {
    years: BTreeMap<i16, Year>,
    /// By division code, then by year.
    overlays: BTreeMap<String, BTreeMap<i16, Year>>,
    /// The month and day from which a year's end waits for the next year's notice.
    year_end_from: Option<(i8, i8)>,
}

#[derive(Clone, Debug, Default)]
struct Year {
    /// The document number of its notice, or of each notice that decides its days, with `；`
    /// between; none while the year has no notice.
    document: Option<String>,
    days_off: BTreeMap<Date, String>,
    make_up: BTreeMap<Date, String>,
    /// What has no known notice; the nation's years have none.
    open: Vec<OpenDays>,
}

/// Days that a later notice may move.
#[derive(Clone, Debug)]
struct OpenDays {
    name: String,
    from: Date,
    to: Date,
    /// Those that are off as far as is known without the notice.
    days_off: BTreeSet<Date>,
}

/// What one day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayKind {
    /// Whether people work on it.
    pub working: bool,
    /// Why, in Chinese: 工作日, 周末, a holiday's name, 调休上班; for a region's own day also the
    /// document that sets it.
    pub reason: String,
    /// The notice of its year, or several with `；` between, the nation's first; `None` if there is
    /// none.
    pub document: Option<String>,
    /// Whether a later notice may change it, the nation's or the region's.
    pub provisional: bool,
}

impl DayKind {
    /// Whether it is off for another reason than being a Saturday or a Sunday.
    #[must_use]
    pub fn is_holiday(&self) -> bool {
        !self.working && !self.reason.starts_with(WEEKEND)
    }
}

/// Why a Saturday or a Sunday is off.
const WEEKEND: &str = "周末";

/// A day of a year with neither a notice nor known statutory days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no work calendar for {year}")]
pub struct OutOfRange {
    /// The year.
    pub year: i16,
}

impl Calendar {
    /// Reads the years with a notice and the statutory days of those without.
    ///
    /// # Errors
    /// The first thing wrong, with file and line: a malformed date, a date of another year, a
    /// make-up workday that is a workday or a day off anyway, a year given twice.
    pub fn parse(years: &[Source<'_>], statutory: Source<'_>) -> Result<Self, SourceError> {
        let mut published = Notices::default();
        for source in years {
            let file: YearFile = source.parse()?;
            let document = Some(file.document);
            let year = Year::read(*source, file.year, document, file.holiday, is_weekend)?;
            if published.years.insert(file.year, year).is_some() {
                return Err(source.error(0, format!("the year {} is given twice", file.year)));
            }
        }
        let file: StatutoryFile = statutory.parse()?;
        let year_end_from = file.year_end_from.as_ref();
        published.year_end_from =
            year_end_from.map(|text| month_day_in(statutory, text)).transpose()?;
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
            let year = Year { days_off, ..Year::default() };
            published.years.entry(entry.year).or_insert(year);
        }
        Ok(Self { published: Arc::new(published), regions: Vec::new() })
    }

    /// Adds the days that regions announce for themselves and all below them: days off, which may
    /// replace the nation's make-up workdays, and make-up workdays of their own. A document is a
    /// year's (`calendars/<year>.toml`) with one more key, `region`, a division code; a year in
    /// which a region has no day of its own is a document with `holiday = []`. `document` is the
    /// notice's number or, if that is unknown, its title.
    ///
    /// A holiday without a known notice is an `[[unannounced]]` with `name`; `from` and `to`, the
    /// days that the notice may move; `days`, those of them that are off as far as is known without
    /// it; and `source`, the source of that. A year without any announcement has neither `notice`,
    /// `document` nor `holiday`.
    ///
    /// ```
    /// use domain::{calendar::Calendar, source::Source};
    /// let overlay = r#"
    /// region = "100000"
    /// year = 2026
    /// notice = "关于2026年节日放假的通知"
    /// document = "某政办〔2026〕1号"
    ///
    /// [[holiday]]
    /// name = "节日"
    /// days = ["2026-04-17"]
    /// workdays = ["2026-04-25"]
    /// "#;
    /// let year = "year = 2026\nnotice = '通知'\ndocument = '国办'\nholiday = []";
    /// let years = [Source { file: "2026.toml", text: year }];
    /// let statutory = Source { file: "statutory.toml", text: "source = '办法'\nyear = []" };
    /// let overlays = [Source { file: "100000/2026.toml", text: overlay }];
    /// let calendar = Calendar::parse(&years, statutory)?.with_overlays(&overlays)?;
    /// let saturday = jiff::civil::date(2026, 4, 25);
    /// assert!(calendar.of("100101").day(saturday).is_ok_and(|day| day.working));
    /// assert!(calendar.day(saturday).is_ok_and(|day| !day.working));
    /// # Ok::<(), domain::source::SourceError>(())
    /// ```
    ///
    /// # Errors
    /// The first thing wrong, with file and line, as in [`Calendar::parse`]: also a malformed
    /// division code or the nation's, a year that the nation's calendar lacks, a region
    /// and year given twice, a make-up workday that is a workday above the region anyway, a notice
    /// without its days, days without their notice, an unannounced day outside `from` to `to`.
    pub fn with_overlays(mut self, sources: &[Source<'_>]) -> Result<Self, SourceError> {
        let mut overlays = Vec::new();
        for source in sources {
            let file: OverlayFile = source.parse()?;
            let at = file.region.span().start;
            let region = RegionCode::parse(file.region.get_ref());
            let region = region.map_err(|why| source.error(at, why))?;
            let Some(above) = region.parent() else {
                return Err(source.error(at, "the nation's own year is no overlay"));
            };
            overlays.push((region, above, *source, file));
        }
        // A superior's days come before a region's: the region adds to them.
        overlays.sort_by_key(|(region, ..)| region.level());
        for (region, above, source, file) in overlays {
            if !self.published.years.contains_key(&file.year) {
                return Err(source.error(0, OutOfRange { year: file.year }.to_string()));
            }
            let above = self.of(above.as_str());
            let is_off = |date| above.day(date).is_ok_and(|day| !day.working);
            file.check(source)?;
            let holidays = file.holiday.unwrap_or_default();
            let mut year = Year::read(source, file.year, file.document, holidays, is_off)?;
            drop(above);
            for unannounced in file.unannounced {
                year.open.push(unannounced.read(source, file.year)?);
            }
            let published = Arc::make_mut(&mut self.published);
            let years = published.overlays.entry(region.to_string()).or_default();
            if years.insert(file.year, year).is_some() {
                let why = format!("the year {} of {region} is given twice", file.year);
                return Err(source.error(0, why));
            }
        }
        Ok(self)
    }

    /// The calendar in force in a region: the nation's with the overlays of the region and of every
    /// division above it. Without overlays, and for a text that is no division code, it is the
    /// nation's.
    #[must_use]
    pub fn of(&self, region: &str) -> Self {
        let region = RegionCode::parse(region).ok();
        let regions = iter::successors(region, RegionCode::parent)
            .map(|code| code.to_string())
            .filter(|code| self.published.overlays.contains_key(code))
            .collect();
        Self { published: Arc::clone(&self.published), regions }
    }

    /// The kind of day `date` is.
    ///
    /// # Errors
    /// [`OutOfRange`] if nothing is known of its year.
    pub fn day(&self, date: Date) -> Result<DayKind, OutOfRange> {
        let published = &self.published;
        let year = date.year();
        let nation = published.years.get(&year).ok_or(OutOfRange { year })?;
        let working = !is_weekend(date);
        let (working, reason) = nation.says(date).unwrap_or_else(|| {
            (working, if working { "工作日".to_owned() } else { WEEKEND.to_owned() })
        });
        let document = nation.document.clone();
        let mut day = DayKind { working, reason, provisional: document.is_none(), document };
        if !day.provisional && self.awaits_next_year(date) {
            day.provisional = true;
            day.reason.push_str("（次年放假安排未公布）");
        }
        // The nearest region decides.
        for region in self.regions.iter().rev() {
            let Some(years) = published.overlays.get(region) else { continue };
            match years.get(&year) {
                Some(overlay) => day.overlay(overlay, date),
                None if years.keys().next().is_some_and(|first| year < *first) => {}
                None => {
                    day.provisional = true;
                    day.reason.push_str("（地区放假安排未公布）");
                }
            }
        }
        Ok(day)
    }

    /// Whether a day is at the end of a year, where the next year's notice may move it, and there
    /// is none yet.
    fn awaits_next_year(&self, date: Date) -> bool {
        let published = &self.published;
        published.year_end_from.is_some_and(|from| (date.month(), date.day()) >= from)
            && published.years.get(&(date.year() + 1)).is_none_or(|next| next.document.is_none())
    }
}

impl Year {
    /// Whether the year's notice makes `date` a workday or not, and why; `None` if it leaves the
    /// day as it is.
    fn says(&self, date: Date) -> Option<(bool, String)> {
        let make_up = self.make_up.get(&date).map(|reason| (true, reason.clone()));
        make_up.or_else(|| self.days_off.get(&date).map(|name| (false, name.clone())))
    }
}

impl DayKind {
    /// Lays a region's year over the day: its notice, or else its open days.
    fn overlay(&mut self, year: &Year, date: Date) {
        if let Some(document) = &year.document {
            let above = self.document.take().map(|above| format!("{above}；"));
            self.document = Some(above.unwrap_or_default() + document);
        }
        if let Some((working, reason)) = year.says(date) {
            let document = year.document.as_deref().unwrap_or_default();
            self.working = working;
            self.reason = format!("{reason}（{document}）");
        } else if let Some(open) = year.open.iter().find(|o| o.from <= date && date <= o.to) {
            if open.days_off.contains(&date) {
                self.working = false;
                self.reason.clone_from(&open.name);
            }
            self.provisional = true;
            self.reason.push_str(&format!("（{}放假安排未公布）", open.name));
        }
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}
