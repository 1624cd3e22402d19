//! The facts of one service of one installation, as far as they are kept here for the exchange.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_lane")]
pub struct Model {
    /// The region of the installation; empty for this one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub origin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub producer: String,
    /// The position of the last fact kept; 0 before the first.
    pub position: i64,
    /// Its id; nil before the first.
    pub fact_id: Uuid,
    pub kept_at: i64,
    /// How often facts were withdrawn; each time they get the next number.
    pub cuts: i32,
    /// How many were.
    pub withdrawn: i64,
    /// How many facts name a region outside the installation's.
    pub outside: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
