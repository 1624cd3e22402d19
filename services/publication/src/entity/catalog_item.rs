//! Where an item of the catalog belongs: its current version, as far as figures are narrowed by it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "catalog_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub region_code: String,
    pub agency_id: String,
    /// Empty if it is of none.
    pub line_id: String,
    pub name: String,
    /// False once it is cancelled.
    pub published: bool,
    pub version: i64,
    /// The position of the fact that told it.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
