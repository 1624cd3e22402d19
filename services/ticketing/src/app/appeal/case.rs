//! What an appeal or an exclusion is decided on: the ticket of the rating, whose lock makes everything
//! about its ratings' exclusions wait for each other, the persons rated, and the law.

use std::sync::Arc;

use domain::{calendar::Calendar, profile::Profile};
use platform::database::Txn;
use uuid::Uuid;

use crate::{
    convert::ticket::{opening_of, rated_by_opening},
    entity::TicketRows,
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

/// The case of an appeal.
pub(crate) struct AppealCase {
    /// The ticket with what belongs to it, locked until the transaction ends.
    pub(crate) rows: TicketRows,
    /// Everyone whom a rating of the ticket names as having served.
    pub(crate) rated: Vec<String>,
    /// The profile and version the rated act is bound to.
    pub(crate) profile: Arc<Profile>,
    /// The same by name.
    pub(crate) policy: String,
    /// The calendar of the act's region.
    pub(crate) calendar: Calendar,
}

/// Locks the ticket and reads the rest.
pub(crate) async fn open(
    ticketing: &Ticketing,
    txn: &Txn,
    ticket_id: Uuid,
) -> Result<AppealCase, Error> {
    let rows = store::ticket::locked(txn, ticket_id).await?.ok_or(TicketError::NotFound)?;
    let mut rated = rated_by_opening(&rows.ticket)?;
    rated.extend(store::ticket::rated(txn, ticket_id).await?);
    let known = ticketing.reference.now();
    let policy = opening_of(&rows.ticket)?.act.unwrap_or_default().policy;
    let profile = known.policy(&policy).ok_or(TicketError::NotKnownYet("the policy profile"))?;
    let calendar = known.calendar().ok_or(TicketError::NotKnownYet("the calendar"))?;
    let calendar = calendar.of(&rows.ticket.region_code);
    Ok(AppealCase { rated, profile: Arc::clone(profile), policy, calendar, rows })
}
