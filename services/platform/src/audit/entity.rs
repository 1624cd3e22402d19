//! An entry of the audit chain: written once, never updated, never deleted.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// The position of its fact.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// The encoded `Record`.
    pub record: Vec<u8>,
    /// SHA-256 over the hash before, the record and the position.
    pub hash: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
