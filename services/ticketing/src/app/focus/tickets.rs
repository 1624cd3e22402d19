//! The tickets that a problem or measures about staff rest on.

use std::collections::BTreeSet;

use domain::{ticket::Finding, violation::Violations};
use platform::{
    auth::Officer,
    convert::{self, Meaningless},
};
use uuid::Uuid;

use crate::{
    convert::ticket::{opening_of, rated_by_opening},
    entity::ticket,
    error::{Error, FocusError},
    store,
};

/// How many tickets a record names at most.
const TICKETS: usize = 50;

/// The tickets that a request names, each once.
pub(crate) fn named(wrong: &mut Violations, ids: &[String]) -> BTreeSet<Uuid> {
    let some = (1..=TICKETS).contains(&ids.len());
    wrong.require(some, "ticket_ids", "must be 1 to 50");
    let id = |(n, id): (usize, &String)| {
        let no_uuid = Meaningless("is no UUID");
        wrong.take(&format!("ticket_ids[{n}]"), id.parse::<Uuid>().map_err(|_| no_uuid))
    };
    ids.iter().take(TICKETS).enumerate().filter_map(id).collect()
}

/// Those tickets, all within the caller's reach.
pub(crate) async fn read(
    connection: &impl sea_orm::ConnectionTrait,
    officer: &Officer,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<ticket::Model>, Error> {
    let mut tickets = Vec::with_capacity(ids.len());
    for id in ids {
        let ticket = store::ticket::ticket(connection, officer, *id).await?;
        tickets.push(ticket.ok_or(FocusError::Unfounded("所列工单不在本地区。"))?);
    }
    Ok(tickets)
}

/// The item that a ticket is about.
pub(crate) fn item_of(ticket: &ticket::Model) -> Result<String, Error> {
    Ok(opening_of(ticket)?.act.unwrap_or_default().item_code)
}

/// Whether a ticket names a person as having served, and was found true: clear, simple or complex.
pub(crate) async fn found_true_of(
    connection: &impl sea_orm::ConnectionTrait,
    ticket: &ticket::Model,
    staff_id: &str,
) -> Result<bool, Error> {
    let mut rated = rated_by_opening(ticket)?;
    rated.extend(store::ticket::rated(connection, ticket.id).await?);
    let names = rated.iter().any(|rated| rated.eq_ignore_ascii_case(staff_id));
    // Before a verification, and after it ended otherwise, there is none.
    let finding = convert::finding(ticket.finding.into());
    Ok(names && finding.is_ok_and(|finding| finding != Finding::NoLegalBasis))
}
