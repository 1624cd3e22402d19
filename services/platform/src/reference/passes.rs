//! When a job goes through what is provisional (暂定): once for each calendar that is known here, and
//! at the start; and once more a little later, for what others wrote meanwhile by the old one. So it
//! may die in the middle, and two replicas may do it: what is done is not provisional any more, or
//! comes out the same.

use std::sync::Arc;

use domain::calendar::Calendar;
use jiff::{SignedDuration, Timestamp};

use super::Snapshot;

/// When it goes through once more: whoever began before the calendar was known here may have
/// written by the old one since. No transaction is that old.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

/// By which calendar this process has gone through, and when it does once more.
#[derive(Default)]
pub struct Passes {
    by: Option<Arc<Calendar>>,
    again_at: Option<Timestamp>,
}

impl Passes {
    /// The calendar to go through by now; none if that is done, or no calendar is known.
    #[must_use]
    pub fn due(&self, known: &Snapshot, now: Timestamp) -> Option<Arc<Calendar>> {
        let calendar = known.calendar()?;
        let again = self.again_at.is_some_and(|at| at <= now);
        (again || !self.is_by(calendar)).then(|| Arc::clone(calendar))
    }

    /// It has gone through by this calendar; it began then.
    pub fn done(&mut self, calendar: Arc<Calendar>, began: Timestamp) {
        let again = !self.is_by(&calendar);
        self.again_at = if again { began.saturating_add(AGAIN).ok() } else { None };
        self.by = Some(calendar);
    }

    fn is_by(&self, calendar: &Arc<Calendar>) -> bool {
        self.by.as_ref().is_some_and(|by| Arc::ptr_eq(by, calendar))
    }
}
