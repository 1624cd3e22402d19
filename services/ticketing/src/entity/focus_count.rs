//! How many effective ratings of a level an object had on a day.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "focus_count")]
pub struct Model {
    /// A `pingyi.type.v1.FocusKind`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    /// The day, in days since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// A unit, a region, an item, or an item and a tag with a blank between.
    #[sea_orm(primary_key, auto_increment = false)]
    pub object_id: String,
    /// A `pingyi.type.v1.Level`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    pub n: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
