//! What every RPC of documents begins and ends with.

use domain::ticket::{TicketStep, impartial};
use platform::{
    auth::Officer,
    documents,
    status::causes,
    trouble::{Kind, Troubles},
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    convert::ticket::rated_by_opening,
    error::{DocumentError, Error, TicketError},
    store,
};

/// Whether an officer may add and read a ticket's documents: it is within their reach, and is not
/// about them. Whoever is rated takes no step of a ticket, so no step's evidence is theirs.
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

/// Notes whether the store of documents is away, for its operator.
pub(crate) fn noted<T>(
    troubles: &Troubles,
    done: Result<T, documents::DocumentError>,
) -> Result<T, DocumentError> {
    match &done {
        Ok(_) => troubles.end(Kind::Documents),
        Err(error @ documents::DocumentError::Away(_)) => {
            troubles.meet(Kind::Documents, causes(error));
        }
        // A document's own fault.
        Err(_) => {}
    }
    Ok(done?)
}
