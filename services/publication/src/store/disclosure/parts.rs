//! Which further agencies the tickets of packages are about.

use platform::database::{
    Txn,
    many::{self, Column},
};
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::entity::ticket_part::{self, Model};

/// Keeps them; a known one stays.
pub(crate) async fn insert(txn: &Txn, rows: Vec<Model>) -> Result<(), DbErr> {
    let text =
        |of: fn(&Model) -> &String| Column::Text(rows.iter().map(|row| of(row).clone()).collect());
    let columns = vec![
        ("ticket_id", Column::Uuid(rows.iter().map(|row| row.ticket_id).collect())),
        ("region_code", text(|row| &row.region_code)),
        ("agency_id", text(|row| &row.agency_id)),
    ];
    many::insert(txn, "ticket_part", columns, "ON CONFLICT DO NOTHING").await
}

/// Removes those of some tickets.
pub(super) async fn delete(txn: &Txn, tickets: &[Uuid]) -> Result<(), DbErr> {
    let of = ticket_part::Column::TicketId.is_in(tickets.iter().copied());
    ticket_part::Entity::delete_many().filter(of).exec(txn).await?;
    Ok(())
}

/// Removes all of them.
pub(super) async fn delete_all(txn: &Txn) -> Result<(), DbErr> {
    ticket_part::Entity::delete_many().exec(txn).await?;
    Ok(())
}
