//! A leaf of the public log: which rating it is.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leaf")]
pub struct Model {
    /// The rating.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The leaf's number in the tree, from 0.
    #[sea_orm(unique)]
    pub number: i64,
    /// The part of the rating's id that its receipt code shows.
    pub code: i64,
    /// What the leaf commits to beside what figures are counted from, see `domain::log`.
    pub remainder: Vec<u8>,
    /// The position of the rating's fact.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
