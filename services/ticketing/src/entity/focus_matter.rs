//! A complaint, as far as the focus counts need it. There are few, so they are counted when asked.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "focus_matter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub matter_id: Uuid,
    pub region_code: String,
    /// The day it was received, in days since 1970.
    pub day: i32,
    /// Empty if it names none, as is the item.
    pub agency_id: String,
    pub item_code: String,
    /// The position of its fact, and its id, which identifies the history.
    pub fact_position: i64,
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
