//! What every RPC of documents begins and ends with.

use domain::{
    ticket::{TicketStep, impartial},
    violation::Violations,
};
use platform::{auth::Officer, database::Txn, documents::rows};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    convert::ticket::rated_by_opening,
    error::{Error, TicketError},
    store::{self, document::of_ticket},
};

/// Whether an officer may add a document to a ticket: it is within their reach. Whoever is rated may,
/// too: they can give evidence and appeal (S02).
pub(crate) async fn may_add(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    ticket_id: Uuid,
) -> Result<(), Error> {
    let ticket = store::ticket::ticket(connection, officer, ticket_id).await?;
    Ok(ticket.map(drop).ok_or(TicketError::NotFound)?)
}

/// The documents that a request names are documents of its ticket.
pub(crate) async fn check_named(
    txn: &Txn,
    ticket_id: Uuid,
    field: &str,
    named: &[String],
) -> Result<(), Error> {
    // Each is a UUID: that was checked with the request.
    let ids: Vec<Uuid> = named.iter().filter_map(|id| id.parse().ok()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let missing = rows::missing(txn, of_ticket(ticket_id), &ids).await?;
    let mut wrong = Violations::default();
    for (n, id) in ids.iter().enumerate() {
        let field = format!("{field}[{n}]");
        wrong.require(!missing.contains(id), &field, "is no document of this ticket");
    }
    Ok(wrong.finish(())?)
}

/// Whether an officer may read a ticket's documents: it is within their reach, and is not about
/// them. Whoever is rated takes no step of a ticket, and sees no evidence against themselves here.
pub(crate) async fn may_handle(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    ticket_id: Uuid,
) -> Result<(), Error> {
    let ticket = store::ticket::ticket(connection, officer, ticket_id).await?;
    let ticket = ticket.ok_or(TicketError::NotFound)?;
    let mut rated = rated_by_opening(&ticket)?;
    rated.extend(store::ticket::rated(connection, ticket_id).await?);
    // The rule is the same for every step; this one names no further person.
    Ok(impartial(&TicketStep::Close, officer.id(), &rated)?)
}
