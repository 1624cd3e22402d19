//! Whole-number counts, one row set per dimension; the only product of dimensions is that of some with the
//! item, by month (`store::statistics::dimensions`).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "figure")]
pub struct Model {
    /// Days since 1970-01-01 in Asia/Shanghai.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// A `pingyi.publication.v1.Dimension`; 100 more for its product with items, 200 within regions,
    /// 300 for all channels together.
    #[sea_orm(primary_key, auto_increment = false)]
    pub dimension: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// What is counted: see `store::Measure`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub measure: i16,
    /// A `pingyi.type.v1.Channel`; 0 where the measure has none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: i16,
    /// A `pingyi.type.v1.Level`; 0 where the measure has none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: i16,
    /// A `pingyi.type.v1.Origin`; 0 where the measure has none.
    #[sea_orm(primary_key, auto_increment = false)]
    pub origin: i16,
    pub n: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
