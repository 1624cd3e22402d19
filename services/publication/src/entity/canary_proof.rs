//! The last rating of a robot that was counted, by region, channel and level.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "canary_proof")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    /// A `pingyi.type.v1.Channel`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: i16,
    /// A `pingyi.type.v1.Level`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    pub rating_id: Uuid,
    /// When it was given, by intake's clock.
    pub given_at: i64,
    /// When it was counted, by this service's clock.
    pub counted_at: i64,
    /// The position of its fact.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
