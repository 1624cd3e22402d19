//! A rating of a whole batch (I10): the other acts that get it, and how many have it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "batch_rating")]
pub struct Model {
    /// The rating that its rater gave to the act they were shown.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating_id: Uuid,
    pub batch_id: Uuid,
    pub stage: i16,
    pub origin: i16,
    /// When its rater gave it: of several the last stands.
    pub given_at: i64,
    /// True if its rater was identified, whatever the cases know of them (I13).
    pub identified: bool,
    /// The region whose cases get it, with all below it; empty if all get it.
    pub reach: String,
    /// The other acts that get it: their ids, 16 bytes each.
    pub acts: Vec<u8>,
    /// How many of them have it, in that order.
    pub done: i32,
    /// When it was received; kept until every act of the batch has it.
    pub owed_since: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
