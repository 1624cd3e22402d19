//! A tile of the public log's tree, see `platform::tlog::tiles`.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    /// Its number on its level, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// Its hashes, one after the other.
    pub hashes: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
