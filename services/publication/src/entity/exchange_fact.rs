//! A fact that is kept for the exchange, byte for byte.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exchange_fact")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub origin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub producer: String,
    /// 0 for a fact in the history now, else the number of the cut that withdrew it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cut: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    pub fact_id: Uuid,
    /// When its producer recorded it, and on which day that is in China.
    pub recorded_at: i64,
    pub day: i32,
    /// The level of a rating; 0 for any other fact.
    pub level: i16,
    /// The encoded `pingyi.fact.v1.Fact`.
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
