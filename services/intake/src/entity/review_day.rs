//! How many reviews a citizen known to the identity platform gave on a day. It does not hold which
//! ones: a review does not name its author.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review_day")]
pub struct Model {
    /// Blind index of their number.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number_index: Vec<u8>,
    /// The day in Asia/Shanghai, ISO 8601.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    pub reviews: i32,
    /// How many of them ask for a ticket.
    pub tickets: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
