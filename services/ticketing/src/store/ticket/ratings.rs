//! The ratings of tickets: each negative one belongs to exactly one.

use std::collections::{BTreeSet, HashMap, HashSet};

use platform::{database::Txn, facts::history::Place};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    FromQueryResult, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, Statement, Value,
};
use uuid::Uuid;

use super::ROWS;
use crate::entity::{ticket, ticket_rating};

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
    Ok(rated_of(connection, &[ticket_id]).await?.remove(&ticket_id).unwrap_or_default())
}

/// The same of each of some tickets, in one query.
pub(crate) async fn rated_of(
    connection: &impl ConnectionTrait,
    tickets: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, DbErr> {
    let served: Vec<(Uuid, String)> = ticket_rating::Entity::find()
        .select_only()
        .columns([ticket_rating::Column::TicketId, ticket_rating::Column::StaffId])
        .distinct()
        .filter(ticket_rating::Column::TicketId.is_in(tickets.iter().copied()))
        .filter(ticket_rating::Column::StaffId.is_not_null())
        .into_tuple()
        .all(connection)
        .await?;
    let mut of: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (ticket_id, staff_id) in served {
        of.entry(ticket_id).or_default().push(staff_id);
    }
    Ok(of)
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
