//! All SQL of this service.

use platform::{auth::Officer, crypto::Sealer, status::Failure};
use prost::Message as _;
use proto::{ticketing::v1::Step, r#type::v1::TicketState};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait,
    DatabaseTransaction, DbErr, EntityTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{ticket, ticket_effect, ticket_rating, ticket_step};

/// What an officer may see: the Authority its region, a handling agency its own.
fn reach(officer: &Officer) -> Condition {
    let region = Condition::all().add(ticket::Column::RegionCode.eq(officer.region()));
    match officer.agency() {
        None => region,
        Some(agency) => region.add(ticket::Column::AgencyId.eq(agency)),
    }
}

/// A ticket within an officer's reach.
pub(crate) async fn ticket(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    id: Uuid,
) -> Result<Option<ticket::Model>, DbErr> {
    ticket::Entity::find_by_id(id).filter(reach(officer)).one(connection).await
}

/// Tickets within an officer's reach, soonest due first.
pub(crate) async fn tickets(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    state: Option<TicketState>,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<ticket::Model>, DbErr> {
    let mut query = ticket::Entity::find()
        .filter(reach(officer))
        .order_by_asc(ticket::Column::DueAt)
        .order_by_asc(ticket::Column::Id)
        .limit(limit);
    if let Some(state) = state {
        query = query.filter(ticket::Column::State.eq(i32::from(state)));
    }
    if let Some((due_at, id)) = after {
        let same =
            Condition::all().add(ticket::Column::DueAt.eq(due_at)).add(ticket::Column::Id.gt(id));
        query = query.filter(Condition::any().add(ticket::Column::DueAt.gt(due_at)).add(same));
    }
    query.all(connection).await
}

/// The act's tickets, in any state; nobody changes them before this transaction ends.
pub(crate) async fn tickets_of_act(
    txn: &DatabaseTransaction,
    act_id: Uuid,
) -> Result<Vec<ticket::Model>, DbErr> {
    ticket::Entity::find().filter(ticket::Column::ActId.eq(act_id)).lock_exclusive().all(txn).await
}

/// Keeps a new ticket.
pub(crate) async fn insert_ticket(
    txn: &DatabaseTransaction,
    row: ticket::Model,
) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    ticket::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Writes where a ticket stands now; false if it is no longer at step `before`.
pub(crate) async fn update_ticket(
    txn: &DatabaseTransaction,
    row: &ticket::Model,
    before: u32,
) -> Result<bool, DbErr> {
    let changed = ticket::ActiveModel {
        state: Set(row.state),
        finding: Set(row.finding),
        sequence: Set(row.sequence),
        clock_started_at: Set(row.clock_started_at),
        due_at: Set(row.due_at),
        deadlines: Set(row.deadlines.clone()),
        ..Default::default()
    };
    let done = ticket::Entity::update_many()
        .set(changed)
        .filter(ticket::Column::Id.eq(row.id))
        .filter(ticket::Column::Sequence.eq(before))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// The negative ratings of a ticket, in the order of their arrival.
pub(crate) async fn rating_ids(
    connection: &impl ConnectionTrait,
    ticket_id: Uuid,
) -> Result<Vec<Uuid>, DbErr> {
    let rows = ticket_rating::Entity::find()
        .filter(ticket_rating::Column::TicketId.eq(ticket_id))
        .order_by_asc(ticket_rating::Column::ReceivedAt)
        .order_by_asc(ticket_rating::Column::RatingId)
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| row.rating_id).collect())
}

/// Whether a rating already belongs to a ticket.
pub(crate) async fn has_ticket(txn: &DatabaseTransaction, rating_id: Uuid) -> Result<bool, DbErr> {
    Ok(ticket_rating::Entity::find_by_id(rating_id).one(txn).await?.is_some())
}

/// Makes a rating belong to a ticket.
pub(crate) async fn insert_rating(
    txn: &DatabaseTransaction,
    ticket_id: Uuid,
    rating_id: Uuid,
    received_at: i64,
) -> Result<(), DbErr> {
    let row = ticket_rating::ActiveModel {
        rating_id: Set(rating_id),
        ticket_id: Set(ticket_id),
        received_at: Set(received_at),
    };
    ticket_rating::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Keeps a step, sealed.
pub(crate) async fn insert_step(
    txn: &DatabaseTransaction,
    sealer: &Sealer,
    ticket_id: Uuid,
    step: &Step,
) -> Result<(), Failure> {
    let sequence = i32::try_from(step.sequence).unwrap_or(i32::MAX);
    let row = ticket_step::ActiveModel {
        ticket_id: Set(ticket_id),
        sequence: Set(sequence),
        step: Set(sealer.seal(&step.encode_to_vec(), &place(ticket_id, sequence))?),
    };
    ticket_step::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Every step of a ticket, in order.
pub(crate) async fn steps(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    ticket_id: Uuid,
) -> Result<Vec<Step>, Failure> {
    let rows = ticket_step::Entity::find()
        .filter(ticket_step::Column::TicketId.eq(ticket_id))
        .order_by_asc(ticket_step::Column::Sequence)
        .all(connection)
        .await?;
    rows.into_iter()
        .map(|row| {
            let opened = sealer.open(&row.step, &place(ticket_id, row.sequence))?;
            Step::decode(opened.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
        })
        .collect()
}

/// Whether there is such a ticket, whosever it is.
pub(crate) async fn is_ticket(txn: &DatabaseTransaction, id: Uuid) -> Result<bool, DbErr> {
    Ok(ticket::Entity::find_by_id(id).one(txn).await?.is_some())
}

/// Keeps what a ticket led to; told again it is kept once.
pub(crate) async fn put_effect(
    txn: &DatabaseTransaction,
    effect: ticket_effect::Model,
) -> Result<(), DbErr> {
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
        .all(connection)
        .await
}

fn place(ticket_id: Uuid, sequence: i32) -> Vec<u8> {
    [b"ticket_step.step/".as_slice(), ticket_id.as_bytes(), &sequence.to_be_bytes()].concat()
}
