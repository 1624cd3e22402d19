//! A rating that a rater gave, as far as the focus counts need it. Which of an act's ratings counts
//! follows from all of them, so each is kept.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "focus_rating")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating_id: Uuid,
    pub act_id: Uuid,
    /// A `pingyi.type.v1.Origin`: active or paper.
    pub origin: i16,
    /// When the rater gave it.
    pub given_at: i64,
    /// A `pingyi.type.v1.Level`.
    pub level: i16,
    pub region_code: String,
    pub agency_id: String,
    /// Empty if not known, as are line and item.
    pub staff_id: String,
    pub line_id: String,
    pub item_code: String,
    /// The reason tags, one blank between two.
    pub tags: String,
    /// Counted nowhere (不予采纳、撤销).
    pub excluded: bool,
    /// The position of its fact, and its id, which identifies the history.
    pub fact_position: i64,
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
