//! Takes back what came from facts that no history has any more: ratings leave their tickets, and a
//! ticket with nothing left that opened it is annulled. Both are facts of this service. The steps
//! that officers took stay on record.

use platform::{
    clock::Clock, convert::to_wire, database::Txn, facts::consume::Retraction, reference::Reference,
};
use proto::fact::v1::{RatingLeftTicket, TicketAnnulled, fact::Body};
use sea_orm::DbErr;

use crate::{
    convert::ticket::{put_into_rows, ticket_from_rows},
    entity::TicketRows,
    store,
};

/// Intake's facts after a position.
pub(super) async fn intake(txn: &Txn, clock: &Clock, after: i64) -> Result<Retraction, DbErr> {
    let mut forgotten = Retraction::default();
    for row in store::ticket::take_ratings_after(txn, after).await? {
        let Some(ticket) = store::ticket::locked(txn, row.ticket_id).await? else { continue };
        let (rating, id) = (row.rating_id, row.ticket_id);
        let left = store::ticket::has_ratings(txn, id).await?;
        if left || ticket.ticket.matter.is_some() || ticket.ticket.upper_number.is_some() {
            let left =
                RatingLeftTicket { ticket_id: id.to_string(), rating_id: rating.to_string() };
            forgotten.told.push(Body::RatingLeftTicket(left));
            forgotten.words.push(format!("rating {rating} leaves ticket {id}"));
        } else {
            forgotten.words.push(format!("ticket {id} of rating {rating} is annulled"));
            forgotten.told.push(annul(txn, clock, ticket).await?);
        }
    }
    let unnamed = store::ticket::ratings_without_fact(txn).await?;
    if unnamed > 0 {
        let since = "came before this version and are not compared";
        forgotten.words.push(format!("{unnamed} ratings {since}: their tickets stand"));
    }
    for ticket in store::ticket::matters_after(txn, after).await? {
        forgotten.words.push(format!("ticket {} of a matter is annulled", ticket.ticket.id));
        forgotten.told.push(annul(txn, clock, ticket).await?);
    }
    forgotten.words.extend(super::focus::forget(txn, after).await?);
    forgotten.words.extend(super::focus::complaints::forget(txn, after).await?);
    forgotten.words.extend(super::restricted::forget(txn, after).await?);
    Ok(forgotten)
}

/// The catalog's facts after a position.
pub(super) async fn catalog(txn: &Txn, after: i64) -> Result<Retraction, DbErr> {
    let mut forgotten = Retraction::default();
    for (code, version) in Reference::forget(txn, after).await? {
        store::ticket::forget_effects(txn, &code, version).await?;
        store::focus::records::forget_effects(txn, &code, version).await?;
        forgotten.words.push(format!("version {version} of item {code} is not known any more"));
    }
    Ok(forgotten)
}

async fn annul(txn: &Txn, clock: &Clock, before: TicketRows) -> Result<Body, DbErr> {
    let ticket = ticket_from_rows(&before).map_err(|error| DbErr::Type(error.to_string()))?;
    let at = clock.now();
    let ticket = ticket.annul(at);
    let mut rows = before.clone();
    put_into_rows(&ticket, &mut rows);
    // It is in no history, so nothing brings it back here.
    (rows.ticket.fact_position, rows.ticket.fact_id) = (None, None);
    if !store::ticket::update_ticket(txn, &before, &rows).await? {
        return Err(DbErr::RecordNotUpdated);
    }
    Ok(Body::TicketAnnulled(TicketAnnulled {
        ticket_id: rows.ticket.id.to_string(),
        sequence: ticket.sequence,
        at: Some(to_wire(at)),
    }))
}
