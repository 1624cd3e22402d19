//! Whole-number counts of where complaints gather.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub region_code: String,
    /// Days since 1970-01-01 in Asia/Shanghai.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// What is counted: see `store::pain_point::Kind`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    /// Empty if a complaint names none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_code: String,
    /// A `pingyi.type.v1.Stage`; 0 for complaints.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stage: i16,
    /// The reason tag, where a complaint came from, or the word; empty for other kinds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reason: String,
    /// Empty if a complaint names none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub agency_id: String,
    /// Empty if there is none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub line_id: String,
    /// True for what is kept from the public.
    #[sea_orm(primary_key, auto_increment = false)]
    pub private: bool,
    pub n: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
