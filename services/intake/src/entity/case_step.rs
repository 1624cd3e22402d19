//! A step of a case as its business system reported it (I21); written once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_step")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: Uuid,
    /// A `pingyi.type.v1.Stage`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stage: i16,
    /// Which service at that stage, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_number: i32,
    /// When it happened, by the business system; none where this system took the step.
    pub reported_at: Option<i64>,
    /// When it was reported here.
    pub received_at: i64,
    pub agency_id: String,
    pub window_id: Option<String>,
    pub staff_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
