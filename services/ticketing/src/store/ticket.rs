//! Tickets: their ratings, their steps and what they led to.

use std::collections::{BTreeSet, HashMap, HashSet};

use platform::{
    auth::Officer, crypto::Sealer, database::Txn, facts::history::Place, status::Failure,
};
use prost::Message as _;
use proto::{ticketing::v1::Step, r#type::v1::TicketState};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait,
    DbBackend, DbErr, EntityTrait as _, FromQueryResult, IntoActiveModel as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Statement, Value,
    sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{ticket, ticket_effect, ticket_rating, ticket_step};

/// How many rows one statement writes.
const ROWS: usize = 500;

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

/// The tickets of some acts, in any state, locked until this transaction ends.
pub(crate) async fn tickets_of_acts(
    txn: &Txn,
    act_ids: BTreeSet<Uuid>,
) -> Result<Vec<ticket::Model>, DbErr> {
    // In one order, so that two transactions that lock some of the same rows wait and do not block
    // each other.
    ticket::Entity::find()
        .filter(ticket::Column::ActId.is_in(act_ids))
        .order_by_asc(ticket::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await
}

/// A ticket, locked until this transaction ends.
pub(crate) async fn locked(txn: &Txn, id: Uuid) -> Result<Option<ticket::Model>, DbErr> {
    ticket::Entity::find_by_id(id).lock_exclusive().one(txn).await
}

/// The tickets of matters with facts after a position.
pub(crate) async fn matters_after(txn: &Txn, after: i64) -> Result<Vec<ticket::Model>, DbErr> {
    ticket::Entity::find()
        .filter(ticket::Column::FactPosition.gt(after))
        .order_by_asc(ticket::Column::Id)
        .lock_exclusive()
        .all(txn)
        .await
}

/// Keeps new tickets.
pub(crate) async fn insert_tickets(txn: &Txn, rows: Vec<ticket::Model>) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS) {
        let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
        ticket::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Writes where a ticket stands now; false if it is no longer at step `before`.
pub(crate) async fn update_ticket(
    txn: &Txn,
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
        fact_position: Set(row.fact_position),
        fact_id: Set(row.fact_id),
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

/// How many of a ticket's ratings are sent with it.
const RATINGS: u32 = 50;

/// The ratings of a ticket that are sent with it, and how many it has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ratings {
    pub(crate) ids: Vec<Uuid>,
    pub(crate) count: u32,
}

#[derive(FromQueryResult)]
struct RatingOfTicket {
    ticket_id: Uuid,
    rating_id: Uuid,
    total: i64,
}

/// The first negative ratings of each of some tickets, in the order of their arrival, in one query.
pub(crate) async fn ratings_of(
    connection: &impl ConnectionTrait,
    tickets: &[Uuid],
) -> Result<HashMap<Uuid, Ratings>, DbErr> {
    if tickets.is_empty() {
        return Ok(HashMap::new());
    }
    let numbered = numbered_ratings(connection.get_database_backend(), tickets);
    let mut ratings: HashMap<Uuid, Ratings> = HashMap::new();
    for row in RatingOfTicket::find_by_statement(numbered).all(connection).await? {
        let of = ratings.entry(row.ticket_id).or_default();
        of.ids.push(row.rating_id);
        of.count = u32::try_from(row.total).unwrap_or(u32::MAX);
    }
    Ok(ratings)
}

fn numbered_ratings(backend: DbBackend, tickets: &[Uuid]) -> Statement {
    let places = (1..=tickets.len()).map(|n| match backend {
        DbBackend::Postgres => format!("${n}"),
        _ => "?".to_owned(),
    });
    let places = places.collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT ticket_id, rating_id, total FROM (
             SELECT ticket_id, rating_id,
                    ROW_NUMBER() OVER (PARTITION BY ticket_id ORDER BY received_at, rating_id) AS n,
                    COUNT(*) OVER (PARTITION BY ticket_id) AS total
             FROM ticket_rating WHERE ticket_id IN ({places})
         ) AS numbered WHERE n <= {RATINGS} ORDER BY ticket_id, n"
    );
    let tickets = tickets.iter().map(|id| Value::from(*id));
    Statement::from_sql_and_values(backend, sql, tickets)
}

/// Whether a ticket has any rating.
pub(crate) async fn has_ratings(txn: &Txn, ticket_id: Uuid) -> Result<bool, DbErr> {
    let of = ticket_rating::Column::TicketId.eq(ticket_id);
    Ok(ticket_rating::Entity::find().filter(of).limit(1).one(txn).await?.is_some())
}

/// Who served, by a ticket's ratings, each once.
pub(crate) async fn rated(
    connection: &impl ConnectionTrait,
    ticket_id: Uuid,
) -> Result<Vec<String>, DbErr> {
    ticket_rating::Entity::find()
        .select_only()
        .column(ticket_rating::Column::StaffId)
        .distinct()
        .filter(ticket_rating::Column::TicketId.eq(ticket_id))
        .filter(ticket_rating::Column::StaffId.is_not_null())
        .into_tuple()
        .all(connection)
        .await
}

/// Which of some ratings belong to a ticket already.
pub(crate) async fn with_ticket(
    txn: &Txn,
    rating_ids: BTreeSet<Uuid>,
) -> Result<HashSet<Uuid>, DbErr> {
    if rating_ids.is_empty() {
        return Ok(HashSet::new());
    }
    let known: Vec<Uuid> = ticket_rating::Entity::find()
        .select_only()
        .column(ticket_rating::Column::RatingId)
        .filter(ticket_rating::Column::RatingId.is_in(rating_ids))
        .into_tuple()
        .all(txn)
        .await?;
    Ok(known.into_iter().collect())
}

/// Adds ratings to tickets.
pub(crate) async fn insert_ratings(
    txn: &Txn,
    rows: Vec<ticket_rating::Model>,
) -> Result<(), DbErr> {
    for rows in rows.chunks(ROWS) {
        let rows = rows.iter().map(|row| row.clone().into_active_model().reset_all());
        ticket_rating::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Removes ratings with facts after a position from their tickets.
pub(crate) async fn take_ratings_after(
    txn: &Txn,
    after: i64,
) -> Result<Vec<ticket_rating::Model>, DbErr> {
    let told = ticket_rating::Column::FactPosition.gt(after);
    let rows = ticket_rating::Entity::find()
        .filter(told.clone())
        .order_by_asc(ticket_rating::Column::TicketId)
        .order_by_asc(ticket_rating::Column::RatingId)
        .all(txn)
        .await?;
    ticket_rating::Entity::delete_many().filter(told).exec(txn).await?;
    Ok(rows)
}

/// How many ratings have no position of their fact: those of an older version.
pub(crate) async fn ratings_without_fact(txn: &Txn) -> Result<u64, DbErr> {
    ticket_rating::Entity::find()
        .filter(ticket_rating::Column::FactPosition.is_null())
        .count(txn)
        .await
}

/// The last fact of intake, at this position or before, that opened a ticket or joined one.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let rating: Option<(Option<i64>, Option<Uuid>)> = ticket_rating::Entity::find()
        .select_only()
        .columns([ticket_rating::Column::FactPosition, ticket_rating::Column::FactId])
        .filter(ticket_rating::Column::FactPosition.lte(up_to))
        .order_by_desc(ticket_rating::Column::FactPosition)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let matter: Option<(Option<i64>, Option<Uuid>)> = ticket::Entity::find()
        .select_only()
        .columns([ticket::Column::FactPosition, ticket::Column::FactId])
        .filter(ticket::Column::FactPosition.lte(up_to))
        .order_by_desc(ticket::Column::FactPosition)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    let place = |(position, fact_id): (Option<i64>, Option<Uuid>)| {
        Some(Place { position: position?, fact_id: fact_id.unwrap_or_default() })
    };
    let last = rating.and_then(place).into_iter().chain(matter.and_then(place));
    Ok(last.max_by_key(|place| place.position))
}

/// Keeps a step, sealed.
pub(crate) async fn insert_step(
    txn: &Txn,
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
    rows.into_iter()
        .rev()
        .map(|row| {
            let opened = sealer.open(&row.step, &place(ticket_id, row.sequence))?;
            Step::decode(opened.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
        })
        .collect()
}

/// Whether a ticket exists, within anyone's reach.
pub(crate) async fn is_ticket(txn: &Txn, id: Uuid) -> Result<bool, DbErr> {
    Ok(ticket::Entity::find_by_id(id).one(txn).await?.is_some())
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

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn the_ratings_of_a_page_of_tickets_are_found_by_an_index_in_one_query() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let ids: Vec<Uuid> = (0..200).map(Uuid::from_u128).collect();
        let found = plan(&store, numbered_ratings(store.backend(), &ids)).await;
        assert!(found.contains("ticket_rating_ticket"), "{found}");
    }
}
