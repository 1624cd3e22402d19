//! What a person decides about days that the platform above does not have: one that was not the same although it
//! was sent again, or whose copy here is damaged (`pingyi resend`); and those that a platform of the national
//! interface took and lost (`pingyi resend-national`), which nobody can ask.

use domain::deadline::end_of;
use jiff::{Timestamp, civil::Date};
use platform::database::Store;
use sea_orm::DbErr;

use crate::{
    entity::column::day_of_column,
    store::exchange::{self, days, key::LaneKey, links, national},
};

/// Lets the day of a lane that waits for a person be sent once more; returns which that is, none if none
/// waits. `origin` is the region of a lower installation; empty for this one's own facts. A copy that is
/// damaged is withdrawn from that day on, so that it is brought again: by the own service at once, by a lower
/// installation with its next facts or its next comparison.
///
/// # Errors
/// If the store fails.
pub async fn resend(
    store: &Store,
    origin: &str,
    producer: &str,
    now: Timestamp,
) -> Result<Option<Date>, DbErr> {
    let key = LaneKey { origin: origin.to_owned(), producer: producer.to_owned() };
    let txn = store.begin().await?;
    let Some(lane) = exchange::lane(&txn, &key).await? else { return Ok(None) };
    let link = links::of(&txn, &key).await?;
    let Some(day) = link.stopped_day else { return Ok(None) };
    // Else it is the upper platform's copy that differs.
    if link.resent_day != Some(day) {
        let (after, _) = days::around(&txn, &key, (day, lane.position)).await?;
        exchange::take_back(&txn, &key, after, now).await?;
    }
    let mut link = links::of(&txn, &key).await?;
    (link.resent_day, link.stopped_day) = (None, None);
    link.last_error.clear();
    links::put(&txn, link).await?;
    txn.commit().await?;
    Ok(Some(day_of_column(day)))
}

/// Has the records that the platform of the national interface took on these days, both included, be told to it
/// once more, in their order; returns how many these are.
///
/// # Errors
/// If the store fails.
pub async fn resend_national(
    store: &Store,
    (from, to): (Date, Date),
    now: Timestamp,
) -> Result<u64, DbErr> {
    // Of the first and last possible days nothing was ever told.
    let begins = from.yesterday().ok().and_then(end_of).unwrap_or(Timestamp::MIN);
    let ends = end_of(to).unwrap_or(Timestamp::MAX);
    let txn = store.begin().await?;
    let span = (begins.as_microsecond(), ends.as_microsecond());
    let told = national::again::tell_again(&txn, span, now.as_microsecond()).await?;
    txn.commit().await?;
    Ok(told)
}
