//! A rating that may be shown one by one, as far as everybody may see it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "listing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating_id: Uuid,
    pub act_id: Uuid,
    /// What it is published as. The ids of ratings and acts hold the moment at which they were made.
    pub shown_as: Uuid,
    pub region_code: String,
    pub agency_id: String,
    pub item_code: String,
    /// The day it counts on. Days since 1970-01-01.
    pub day: i32,
    pub level: i16,
    pub channel: i16,
    pub origin: i16,
    /// Codes between commas.
    pub tag_codes: String,
    pub has_text: bool,
    /// The position of its fact.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::act::Entity",
        from = "Column::ActId",
        to = "super::act::Column::Id"
    )]
    Act,
}

impl Related<super::act::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Act.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
