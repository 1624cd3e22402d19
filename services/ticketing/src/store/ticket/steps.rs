//! The steps of tickets, sealed, and what they led to.

use std::collections::HashMap;

use platform::{crypto::Sealer, database::Txn, status::Failure};
use prost::Message as _;
use proto::ticketing::v1::Step;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{ticket_effect, ticket_step};

/// Keeps steps of some tickets, sealed.
pub(crate) async fn insert_steps(
    txn: &Txn,
    sealer: &Sealer,
    steps: &[(Uuid, Step)],
) -> Result<(), Failure> {
    if steps.is_empty() {
        return Ok(());
    }
    let row = |(ticket_id, step): &(Uuid, Step)| {
        let sequence = i32::try_from(step.sequence).unwrap_or(i32::MAX);
        Ok(ticket_step::ActiveModel {
            ticket_id: Set(*ticket_id),
            sequence: Set(sequence),
            step: Set(sealer.seal(&step.encode_to_vec(), &place(*ticket_id, sequence))?),
        })
    };
    let rows: Result<Vec<_>, Failure> = steps.iter().map(row).collect();
    ticket_step::Entity::insert_many(rows?).exec_without_returning(txn).await?;
    Ok(())
}

/// How many steps of a ticket are sent at once.
pub(crate) const STEPS: u64 = 100;

/// The last steps of a ticket, in order; before a given one, if any.
pub(crate) async fn steps(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    ticket_id: Uuid,
    before: Option<i32>,
) -> Result<Vec<Step>, Failure> {
    let rows = ticket_step::Entity::find()
        .filter(ticket_step::Column::TicketId.eq(ticket_id))
        .apply_if(before, |steps, before| steps.filter(ticket_step::Column::Sequence.lt(before)))
        .order_by_desc(ticket_step::Column::Sequence)
        .limit(STEPS)
        .all(connection)
        .await?;
    rows.iter().rev().map(|row| open(sealer, row)).collect()
}

/// One step of a ticket.
pub(crate) async fn step(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    ticket_id: Uuid,
    sequence: u32,
) -> Result<Option<Step>, Failure> {
    let sequence = i32::try_from(sequence).unwrap_or(i32::MAX);
    let row = ticket_step::Entity::find_by_id((ticket_id, sequence)).one(connection).await?;
    row.map(|row| open(sealer, &row)).transpose()
}

/// A step out of its row.
pub(in crate::store) fn open(sealer: &Sealer, row: &ticket_step::Model) -> Result<Step, Failure> {
    let opened = sealer.open(&row.step, &place(row.ticket_id, row.sequence))?;
    Step::decode(opened.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
}

/// Keeps what a ticket led to; a repeat is kept once.
pub(crate) async fn put_effect(txn: &Txn, effect: ticket_effect::Model) -> Result<(), DbErr> {
    let key = [
        ticket_effect::Column::TicketId,
        ticket_effect::Column::ItemCode,
        ticket_effect::Column::Version,
    ];
    let once = OnConflict::columns(key).do_nothing().to_owned();
    let row = effect.into_active_model().reset_all();
    ticket_effect::Entity::insert(row).on_conflict(once).exec_without_returning(txn).await?;
    Ok(())
}

/// How many effects of a ticket are sent.
const EFFECTS: u64 = 100;

/// What a ticket led to, the oldest first.
pub(crate) async fn effects(
    connection: &impl ConnectionTrait,
    ticket_id: Uuid,
) -> Result<Vec<ticket_effect::Model>, DbErr> {
    ticket_effect::Entity::find()
        .filter(ticket_effect::Column::TicketId.eq(ticket_id))
        .order_by_asc(ticket_effect::Column::PublishedAt)
        .order_by_asc(ticket_effect::Column::ItemCode)
        .order_by_asc(ticket_effect::Column::Version)
        .limit(EFFECTS)
        .all(connection)
        .await
}

/// What each of some tickets led to; most led to nothing.
pub(crate) async fn effects_of(
    connection: &impl ConnectionTrait,
    tickets: &[Uuid],
) -> Result<HashMap<Uuid, Vec<ticket_effect::Model>>, DbErr> {
    let some: Vec<Uuid> = ticket_effect::Entity::find()
        .select_only()
        .column(ticket_effect::Column::TicketId)
        .distinct()
        .filter(ticket_effect::Column::TicketId.is_in(tickets.iter().copied()))
        .into_tuple()
        .all(connection)
        .await?;
    let mut found = HashMap::new();
    for id in some {
        found.insert(id, effects(connection, id).await?);
    }
    Ok(found)
}

/// Removes the record that tickets led to a version of an item.
pub(crate) async fn forget_effects(txn: &Txn, item_code: &str, version: i64) -> Result<(), DbErr> {
    ticket_effect::Entity::delete_many()
        .filter(ticket_effect::Column::ItemCode.eq(item_code))
        .filter(ticket_effect::Column::Version.eq(version))
        .exec(txn)
        .await?;
    Ok(())
}

fn place(ticket_id: Uuid, sequence: i32) -> Vec<u8> {
    [b"ticket_step.step/".as_slice(), ticket_id.as_bytes(), &sequence.to_be_bytes()].concat()
}
