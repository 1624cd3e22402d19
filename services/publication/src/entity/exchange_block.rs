//! How many ratings of a level are kept for the exchange, in a block of positions.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_block")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub origin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub producer: String,
    /// Which ten thousand positions, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub block: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    pub n: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
