//! One version of an item.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    pub region_code: String,
    /// True for the version in force.
    pub current: bool,
    /// Channels between commas, commas at both ends, so that a query can find one.
    pub channels: String,
    pub published_at: i64,
    /// The encoded `pingyi.catalog.v1.Item`.
    pub body: Vec<u8>,
    /// The base item of its name, type and legal basis.
    pub base_code: String,
    /// True for a version that cancels the item.
    pub cancelled: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
