//! What the upper platform has of a lane. Its own answers decide; this is what it said last.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub origin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub producer: String,
    /// The last receipt: a position, and the id of the fact there.
    pub position: i64,
    pub fact_id: Uuid,
    /// When it came; none before the first.
    pub receipted_at: Option<i64>,
    /// The last day with the same count and root on both sides; none before the first.
    pub reconciled_through: Option<i32>,
    /// Why the last try failed; empty if it did not.
    pub last_error: String,
    /// The last day that was not the same, in words; empty if there was none.
    pub last_difference: String,
    /// The last day that was sent again because it was not the same; it is not sent once more by itself.
    pub resent_day: Option<i32>,
    /// The day that waits for a person: it is not the same again, or the own book of it is damaged.
    pub stopped_day: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
