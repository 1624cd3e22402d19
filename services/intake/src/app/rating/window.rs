//! Whether a rating is in time (I06).

use domain::deadline::day_of;
use jiff::civil::Date;
use platform::clock::instant;

use crate::{
    entity::service_act,
    error::{Error, rating::RatingError},
};

/// Whether a rating received at `at` is in time (I06).
pub(crate) fn in_time(act: &service_act::Model, at: i64) -> Result<(), Error> {
    in_time_until(act.closes_at, at)
}

/// The same for a window that closes then.
pub(crate) fn in_time_until(closes_at: Option<i64>, at: i64) -> Result<(), Error> {
    match closes_at.filter(|closes_at| at >= *closes_at) {
        None => Ok(()),
        Some(closes_at) => Err(RatingError::WindowClosed { closed_on: last_day(closes_at) }.into()),
    }
}

/// The last day of a window that closes at the end of that day.
pub(crate) fn last_day(closes_at: i64) -> Date {
    day_of(instant(closes_at.saturating_sub(1)))
}
