//! A complaint that came without a rating, as intake sent it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint")]
pub struct Model {
    /// The matter.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    /// Empty if it names none.
    pub agency_id: String,
    /// Empty if it names none.
    pub item_code: String,
    /// Where it came from, for example `hotline_12345`.
    pub source: String,
    /// The day it was taken in; days since 1970-01-01 in Asia/Shanghai.
    pub day: i32,
    /// True if it is kept from the public.
    pub private: bool,
    /// The position of its fact.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
