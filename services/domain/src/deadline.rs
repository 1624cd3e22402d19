//! When something must be done (办理时限), and why, day by day. The rule is written once, here: day
//! zero is the event's day and is not counted, day 1 is the next (working) day, the deadline is the
//! end of the last day in Asia/Shanghai; "at once" (0 days) is the end of the same working day.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz,
};
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, OutOfRange};

/// Asia/Shanghai, without daylight saving since 1991 and so with a fixed offset for every date
/// here.
pub(crate) const CHINA_TIME: tz::Offset = tz::offset(8);

/// Why a day does not count while the clock stands still.
const PAUSED: &str = "申诉期间不计";

/// The day in Asia/Shanghai on which `at` falls.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    CHINA_TIME.to_datetime(at).date()
}

/// What a clock in Asia/Shanghai shows at `at`.
#[must_use]
pub fn clock_time(at: Timestamp) -> DateTime {
    CHINA_TIME.to_datetime(at)
}

/// The first instant after a day in Asia/Shanghai; none after the last possible day.
///
/// ```
/// use domain::deadline::{day_of, end_of, iso_date};
/// let day = iso_date("2026-03-02").unwrap();
/// assert_eq!(end_of(day).unwrap().to_string(), "2026-03-02T16:00:00Z");
/// ```
#[must_use]
pub fn end_of(day: Date) -> Option<Timestamp> {
    CHINA_TIME.to_timestamp(day.tomorrow().ok()?.at(0, 0, 0, 0)).ok()
}

/// A day of the years 1 to 9999 in the one form `YYYY-MM-DD`; ISO 8601 allows others.
///
/// # Errors
/// If the text has another form.
///
/// ```
/// use domain::deadline::iso_date;
/// assert!(iso_date("2026-03-02").is_ok());
/// assert!(iso_date("0000-03-02").is_err());
/// assert!(iso_date("20260302").is_err() && iso_date("2026-03-02T10:00").is_err());
/// ```
pub fn iso_date(text: &str) -> Result<Date, &'static str> {
    let date: Option<Date> = text.parse().ok();
    let written = |date: &Date| text.len() == 10 && date.to_string() == text;
    date.filter(|date| written(date) && date.year() > 0).ok_or("is not a date (YYYY-MM-DD)")
}

/// Which days count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DayUnit {
    /// 工作日, make-up workdays included.
    Working,
    /// 自然日.
    Calendar,
}

/// A limit in a regulation: what it limits, the event it runs from, how long, and where it is
/// written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineRule {
    /// What it limits, for example `feed_back_clear`.
    pub subject: String,
    /// The event it runs from, for example `rating_received`.
    pub event: String,
    /// How many days; 0 means at once.
    pub days: u32,
    /// Which days count.
    pub unit: DayUnit,
    /// Document and clause.
    pub clause: String,
}

/// A computed deadline with its derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// The rule it follows.
    pub rule: DeadlineRule,
    /// When the event happened.
    pub event_at: Timestamp,
    /// The last day.
    pub due_on: Date,
    /// The first instant that is too late.
    pub due_at: Timestamp,
    /// True until a notice it depends on, the nation's or the region's, is published.
    pub provisional: bool,
    /// The notices used to compute it, each once, in order of use.
    pub calendar_version: String,
    /// Every day from the event to the last, in order.
    pub derivation: Vec<DayNote>,
    /// When its clock stood still, the earliest first; none touches another.
    pub pauses: Vec<Pause>,
}

/// Days that do not count since the clock stood still (计时中止): from the day it was stopped to the
/// day before it ran again, which counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// The day it was stopped.
    pub from: Date,
    /// The day it ran again.
    pub until: Date,
}

impl Pause {
    fn has(self, date: Date) -> bool {
        self.from <= date && date < self.until
    }
}

/// One day of a derivation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayNote {
    /// The day.
    pub date: Date,
    /// The number it counts as, if it counts.
    pub counted_as: Option<u32>,
    /// Why, in Chinese.
    pub reason: String,
}

impl Deadline {
    /// Whether it has passed at `at`.
    #[must_use]
    pub fn is_past(&self, at: Timestamp) -> bool {
        at >= self.due_at
    }

    /// A deadline on a day that somebody named: a plan, a notice, an extension. None if the day is
    /// the last possible one.
    #[must_use]
    pub fn on(
        subject: &str,
        event: &str,
        event_at: Timestamp,
        day: Date,
        reason: &str,
        clause: &str,
    ) -> Option<Self> {
        let rule = DeadlineRule {
            subject: subject.to_owned(),
            event: event.to_owned(),
            days: 0,
            unit: DayUnit::Calendar,
            clause: clause.to_owned(),
        };
        let due_at = end_of(day)?;
        let named = DayNote { date: day, counted_as: None, reason: reason.to_owned() };
        Some(Self {
            rule,
            event_at,
            due_on: day,
            due_at,
            provisional: false,
            calendar_version: String::new(),
            derivation: vec![named],
            pauses: Vec::new(),
        })
    }

    /// The deadline after its clock stood still once more: no day of the pause counts. A day that
    /// somebody named is as many days later. None if no day passed.
    ///
    /// # Errors
    /// [`OutOfRange`] if it now reaches a year without a known calendar.
    pub fn paused(
        &self,
        pause: Pause,
        named: bool,
        calendar: &Calendar,
    ) -> Result<Option<Self>, OutOfRange> {
        let from = pause.from.max(day_of(self.event_at));
        let pause = Pause { from, ..pause };
        if pause.from >= pause.until {
            return Ok(None);
        }
        let mut pauses = self.pauses.clone();
        match pauses.last_mut().filter(|last| last.until >= pause.from) {
            Some(last) => last.until = last.until.max(pause.until),
            None => pauses.push(pause),
        }
        if !named {
            return self.rule.due_with_pauses(self.event_at, calendar, &pauses).map(Some);
        }
        let beyond = OutOfRange { year: self.due_on.year() };
        let due_on = self.due_on.checked_add(pause.from.until(pause.until).map_err(|_| beyond)?);
        let due_on = due_on.map_err(|_| beyond)?;
        let due_at = end_of(due_on).ok_or(beyond)?;
        let reason = format!("{}起至{}前{PAUSED}，顺延", pause.from, pause.until);
        let mut derivation = self.derivation.clone();
        derivation.push(DayNote { date: due_on, counted_as: None, reason });
        Ok(Some(Self { due_on, due_at, derivation, pauses, ..self.clone() }))
    }

    /// A provisional (暂定) deadline by the current calendar; none if it is not provisional or does
    /// not change. The one before stays on record: it was promised to people.
    ///
    /// # Errors
    /// [`OutOfRange`] if it now reaches a year without a known calendar.
    pub fn anew(&self, calendar: &Calendar) -> Result<Option<Self>, OutOfRange> {
        if !self.provisional {
            return Ok(None);
        }
        let anew = self.rule.due_with_pauses(self.event_at, calendar, &self.pauses)?;
        Ok((anew != *self).then_some(anew))
    }

    /// The same for a day until which somebody has a right, and was told so: a rater's window, the
    /// review that silence would end. It never becomes sooner, whatever a notice says, for they may
    /// have planned by it; then the derivation ends with that day.
    ///
    /// # Errors
    /// [`OutOfRange`] if it now reaches a year without a known calendar.
    pub fn anew_not_sooner(&self, calendar: &Calendar) -> Result<Option<Self>, OutOfRange> {
        if !self.provisional {
            return Ok(None);
        }
        let mut anew = self.rule.due_with_pauses(self.event_at, calendar, &self.pauses)?;
        if anew.due_on < self.due_on {
            (anew.due_on, anew.due_at) = (self.due_on, self.due_at);
            let reason = "此前已告知的最后一日，不提前".to_owned();
            anew.derivation.push(DayNote { date: self.due_on, counted_as: None, reason });
        }
        Ok((anew != *self).then_some(anew))
    }
}

impl DeadlineRule {
    /// Computes the deadline of an event; in a region by its own calendar, [`Calendar::of`].
    ///
    /// # Errors
    /// [`OutOfRange`] if it reaches a year without a known calendar.
    pub fn due(&self, event_at: Timestamp, calendar: &Calendar) -> Result<Deadline, OutOfRange> {
        self.due_with_pauses(event_at, calendar, &[])
    }

    fn due_with_pauses(
        &self,
        event_at: Timestamp,
        calendar: &Calendar,
        pauses: &[Pause],
    ) -> Result<Deadline, OutOfRange> {
        let mut date = day_of(event_at);
        let mut derivation = Vec::new();
        let mut documents: Vec<String> = Vec::new();
        let mut provisional = false;
        let mut counted = 0;
        loop {
            let mut day = calendar.day(date)?;
            let stands_still = pauses.iter().any(|pause| pause.has(date));
            if stands_still {
                day.reason = format!("{PAUSED}（{}）", day.reason);
            }
            let counts = (day.working || self.unit == DayUnit::Calendar) && !stands_still;
            // Days off do not change a count of calendar days.
            provisional |= day.provisional && self.unit == DayUnit::Working;
            // A day that follows from two notices names both; its neighbour names one of them.
            for document in day.document.iter().flat_map(|both| both.split('；')) {
                if !documents.iter().any(|known| known == document) {
                    documents.push(document.to_owned());
                }
            }
            let event_day = derivation.is_empty();
            let last;
            if self.days == 0 {
                last = counts;
                let counted_as = counts.then_some(1);
                derivation.push(DayNote { date, counted_as, reason: day.reason });
            } else if event_day {
                last = false;
                let reason = format!("当日不计（{}）", day.reason);
                derivation.push(DayNote { date, counted_as: None, reason });
            } else {
                counted += u32::from(counts);
                last = counted == self.days;
                let counted_as = counts.then_some(counted);
                derivation.push(DayNote { date, counted_as, reason: day.reason });
            }
            let next = date.tomorrow().map_err(|_| OutOfRange { year: date.year() })?;
            if last {
                let due_at = end_of(date).ok_or(OutOfRange { year: next.year() })?;
                if provisional {
                    documents.push("暂定".to_owned());
                }
                return Ok(Deadline {
                    rule: self.clone(),
                    event_at,
                    due_on: date,
                    due_at,
                    provisional,
                    calendar_version: documents.join("；"),
                    derivation,
                    pauses: pauses.to_vec(),
                });
            }
            date = next;
        }
    }
}
