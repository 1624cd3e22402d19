//! Whole-number counts: one row for each value of a dimension and day has all of its counts. The only
//! product of dimensions is that of some with the item, by month (`store::statistics::dimensions`).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tally")]
pub struct Model {
    /// A `pingyi.publication.v1.Dimension`; 100 more for its product with items, 200 within regions.
    #[sea_orm(primary_key, auto_increment = false)]
    pub dimension: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Days since 1970-01-01 in Asia/Shanghai.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// What a query asks of the counts: see `store::statistics::packed::marks`.
    pub marks: i64,
    /// The counts: see `store::statistics::packed::pack`.
    pub counts: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
