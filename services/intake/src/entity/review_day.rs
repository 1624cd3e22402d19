//! How many reviews somebody known to the identity platform gave on a day. Which they were is not here:
//! a review does not tell who wrote it.

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
    /// Those of them that want a ticket.
    pub tickets: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
