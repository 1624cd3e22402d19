//! Takes back what came from facts that no history has any more: ratings leave their tickets, and a
//! ticket with nothing left that opened it is annulled. Both are facts of this service. The steps
//! that officers took stay on record.

use domain::calendar::Calendar;
use platform::{convert::to_wire, database::Txn, facts::consume::Retraction, reference::Reference};
use proto::{
    fact::v1::{RatingLeftTicket, TicketAnnulled, fact::Body},
    ticketing::v1::{Annulment, Step, appeal_effect::Kind, step::Act},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::follower::Facts;
use crate::{
    convert::{
        appeal::{Cause, effect_step},
        ticket::{NOTHING_DUE, put_into_rows, stepped, ticket_from_rows},
    },
    entity::TicketRows,
    store,
};

/// Intake's facts after a position.
pub(super) async fn intake(txn: &Txn, facts: &Facts, after: i64) -> Result<Retraction, DbErr> {
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
            forgotten.told.push(annul(txn, facts, ticket).await?);
        }
    }
    let unnamed = store::ticket::ratings_without_fact(txn).await?;
    if unnamed > 0 {
        let since = "came before this version and are not compared";
        forgotten.words.push(format!("{unnamed} ratings {since}: their tickets stand"));
    }
    for ticket in store::ticket::matters_after(txn, after).await? {
        forgotten.words.push(format!("ticket {} of a matter is annulled", ticket.ticket.id));
        forgotten.told.push(annul(txn, facts, ticket).await?);
    }
    forgotten.words.extend(super::focus::forget(txn, after).await?);
    forgotten.words.extend(super::focus::complaints::forget(txn, after).await?);
    forgotten.words.extend(super::restricted::forget(txn, after).await?);
    Ok(forgotten)
}

/// Open appeals of ratings that are gone end, and the clocks that stood still for them run again.
pub(super) async fn appeals(
    txn: &Txn,
    facts: &Facts,
    forgotten: &mut Retraction,
) -> Result<(), DbErr> {
    let known = facts.reference.now();
    for (id, ticket_id) in store::appeal::annul_orphans(txn, NOTHING_DUE).await? {
        forgotten.words.push(format!("appeal {id} is annulled"));
        let Some(rows) = store::ticket::locked(txn, ticket_id).await? else { continue };
        // Without one the clock would stand still for good.
        let calendar = known.calendar();
        let calendar = calendar.ok_or_else(|| DbErr::Custom("no calendar is known yet".into()))?;
        let calendar = calendar.of(&rows.ticket.region_code);
        if !store::appeal::waits_on(txn, ticket_id).await? {
            forgotten.told.extend(resume(txn, facts, rows, &calendar, id).await?);
        }
    }
    Ok(())
}

/// Lets the clock of a ticket run again that stood still for an appeal; the fact, if it did.
async fn resume(
    txn: &Txn,
    facts: &Facts,
    before: TicketRows,
    calendar: &Calendar,
    appeal_id: Uuid,
) -> Result<Option<Body>, DbErr> {
    let broken = |why: &dyn std::fmt::Display| DbErr::Type(why.to_string());
    let (id, at) = (before.ticket.id, facts.clock.now());
    let mut ticket = ticket_from_rows(&before).map_err(|error| broken(&error))?;
    if !ticket.resume_clock(at, calendar).map_err(|error| broken(&error))? {
        return Ok(None);
    }
    let mut rows = before.clone();
    put_into_rows(&ticket, &mut rows);
    if !store::ticket::update_ticket(txn, &before, &rows).await? {
        return Err(DbErr::RecordNotUpdated);
    }
    let cause = Cause { by: "", appeal_id, rating_id: Uuid::nil() };
    let step = effect_step(ticket.sequence, Kind::ClockResumed, cause, at);
    let kept = store::ticket::insert_steps(txn, &facts.sealer, &[(id, step)]).await;
    kept.map_err(|error| broken(&error))?;
    Ok(Some(Body::TicketStepped(stepped(id, &ticket, at))))
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

async fn annul(txn: &Txn, facts: &Facts, before: TicketRows) -> Result<Body, DbErr> {
    let ticket = ticket_from_rows(&before).map_err(|error| DbErr::Type(error.to_string()))?;
    let at = facts.clock.now();
    let ticket = ticket.annul(at);
    let mut rows = before.clone();
    put_into_rows(&ticket, &mut rows);
    // It is in no history, so nothing brings it back here.
    (rows.ticket.fact_position, rows.ticket.fact_id) = (None, None);
    if !store::ticket::update_ticket(txn, &before, &rows).await? {
        return Err(DbErr::RecordNotUpdated);
    }
    let sequence = ticket.sequence;
    let act = Some(Act::Annulment(Annulment {}));
    let step = Step { sequence, at: Some(to_wire(at)), by: String::new(), act };
    store::ticket::insert_steps(txn, &facts.sealer, &[(rows.ticket.id, step)])
        .await
        .map_err(|failure| DbErr::Type(failure.to_string()))?;
    Ok(Body::TicketAnnulled(TicketAnnulled {
        ticket_id: rows.ticket.id.to_string(),
        sequence,
        at: Some(to_wire(at)),
    }))
}
