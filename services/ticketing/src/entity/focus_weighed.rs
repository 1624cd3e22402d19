//! Until which day the figures of an object were weighed in a decision: no evidence again.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "focus_weighed")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    /// A `pingyi.type.v1.FocusBasis`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub basis: i16,
    /// A `pingyi.type.v1.FocusKind`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    /// A unit, a region, an item, or an item and a tag with a blank between.
    #[sea_orm(primary_key, auto_increment = false)]
    pub object_id: String,
    /// The last day, in days since 1970.
    pub until: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
