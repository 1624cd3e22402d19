//! What a person decides about a day that is not reported (`pingyi resend`): it was not the same above although
//! it was sent again, or the copy of it that is kept here is damaged.

use jiff::{Timestamp, civil::Date};
use platform::database::Store;
use sea_orm::DbErr;

use crate::{
    entity::column::day_of_column,
    store::exchange::{self, days, key::LaneKey, links},
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
