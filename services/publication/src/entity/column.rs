//! The form of days, origins and numbers in columns.

use domain::rating::Origin;
use jiff::civil::Date;
use platform::convert::Meaningless;
use proto::r#type::v1 as shared;

/// The day that columns count from.
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// A day in the form of a column.
pub(crate) fn day_to_column(day: Date) -> i32 {
    (day - EPOCH).get_days()
}

/// The day of a column.
pub(crate) fn day_of_column(days: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().days(days))
}

/// An origin from the wire or from a column.
pub(crate) fn origin(number: i32) -> Result<Origin, Meaningless> {
    match shared::Origin::try_from(number) {
        Ok(shared::Origin::Active) => Ok(Origin::Active),
        Ok(shared::Origin::Default) => Ok(Origin::Default),
        Ok(shared::Origin::Paper) => Ok(Origin::Paper),
        Ok(shared::Origin::Imported) => Ok(Origin::Imported),
        Ok(shared::Origin::Unspecified) | Err(_) => Err(Meaningless("is no origin")),
    }
}

/// A wire number in the form of a column.
pub(crate) fn column(number: i32) -> i16 {
    i16::try_from(number).unwrap_or_default()
}
