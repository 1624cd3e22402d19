//! A unit of the organisation in one span of time.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_version")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: String,
    /// Its place among the unit's versions, from 0, the oldest first.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i32,
    /// The encoded `pingyi.catalog.v1.Unit`, names of persons included.
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
