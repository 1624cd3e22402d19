//! What a page of facts needs of the queue, and what it adds.

use platform::database::{
    Txn,
    many::{self, Column},
};
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use super::{amendment::amend_again, queue, record::insert, state::RATING};
use crate::entity::{national_case, national_record, national_ticket};

/// Cases by their ids.
pub(crate) async fn cases(txn: &Txn, ids: Vec<Uuid>) -> Result<Vec<national_case::Model>, DbErr> {
    many::by_id::<national_case::Entity>(txn, ids).await
}

/// The ratings of tickets.
pub(crate) async fn tickets(
    txn: &Txn,
    ids: Vec<Uuid>,
) -> Result<Vec<national_ticket::Model>, DbErr> {
    many::by::<national_ticket::Entity>(txn, "ticket_id", ids).await
}

/// The records of cases, of service acts, of ratings, and those with some ids.
pub(crate) async fn records(
    txn: &Txn,
    cases: Vec<Uuid>,
    (acts, ratings, ids): (Vec<Uuid>, Vec<Uuid>, Vec<Uuid>),
) -> Result<Vec<national_record::Model>, DbErr> {
    let mut rows = many::by::<national_record::Entity>(txn, "case_id", cases).await?;
    rows.extend(many::by::<national_record::Entity>(txn, "act_id", acts).await?);
    rows.extend(many::by::<national_record::Entity>(txn, "rating_id", ratings).await?);
    rows.extend(many::by_id::<national_record::Entity>(txn, ids).await?);
    Ok(rows)
}

/// Keeps what is known of cases.
pub(crate) async fn put_cases(txn: &Txn, rows: Vec<national_case::Model>) -> Result<(), DbErr> {
    let last = rows.iter().map(|row| row.last_service.unwrap_or_default()).collect();
    let numbers = rows.iter().map(|row| row.project_number.clone()).collect();
    let columns = vec![
        ("id", Column::Id(rows.iter().map(|row| row.id).collect())),
        ("project_number", Column::Text(numbers)),
        ("accepted_at", Column::Big(rows.iter().map(|row| row.accepted_at).collect())),
        ("services", Column::Int(rows.iter().map(|row| row.services).collect())),
        ("last_service", Column::Uuid(last)),
        ("position", Column::Big(rows.iter().map(|row| row.position).collect())),
    ];
    let newer = "ON CONFLICT (id) DO UPDATE SET project_number = excluded.project_number, \
                 accepted_at = excluded.accepted_at, services = excluded.services, \
                 last_service = excluded.last_service";
    many::insert(txn, "national_case", columns, newer).await
}

/// Keeps which ratings tickets are about.
pub(crate) async fn put_tickets(txn: &Txn, rows: Vec<national_ticket::Model>) -> Result<(), DbErr> {
    let columns = vec![
        ("ticket_id", Column::Id(rows.iter().map(|row| row.ticket_id).collect())),
        ("rating_id", Column::Id(rows.iter().map(|row| row.rating_id).collect())),
        ("position", Column::Big(rows.iter().map(|row| row.position).collect())),
    ];
    many::insert(txn, "national_ticket", columns, "ON CONFLICT DO NOTHING").await
}

/// A rating has left its ticket.
pub(crate) async fn leave(txn: &Txn, ticket: Uuid, rating: Uuid) -> Result<(), DbErr> {
    national_ticket::Entity::delete_many()
        .filter(national_ticket::Column::TicketId.eq(ticket))
        .filter(national_ticket::Column::RatingId.eq(rating))
        .exec(txn)
        .await
        .map(drop)
}

/// Adds records, and their ratings to the counts.
pub(crate) async fn add(txn: &Txn, rows: Vec<national_record::Model>) -> Result<(), DbErr> {
    let ratings = rows.iter().filter(|row| row.kind == RATING);
    for row in ratings.clone() {
        queue::count(txn, row.level, (1, 0)).await?;
    }
    let ids: Vec<_> = ratings.map(|row| row.id).collect();
    if !ids.is_empty() {
        queue::adopt(txn, ids).await?;
    }
    insert(txn, rows, "").await
}

/// Withdrawn records that are in the history again.
pub(crate) async fn bring_back(txn: &Txn, rows: &[(Uuid, i64)], now: i64) -> Result<(), DbErr> {
    let mut ratings = Vec::new();
    for (id, position) in rows {
        ratings.extend(queue::bring_back(txn, *id, *position).await?);
    }
    queue::adopt(txn, ratings.clone()).await?;
    amend_again(txn, ratings, now).await
}
