//! A change of what is published.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The region whose Authority approves it.
    pub region_code: String,
    /// The agency of the item it changes, if it changes one.
    pub agency_id: Option<String>,
    pub state: i16,
    /// How many steps were taken: a caller that takes the next one must have seen the last.
    pub sequence: i32,
    /// The encoded `pingyi.catalog.v1.Change`, subject and causes only.
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
