//! What the national interface needs of a case beside its service acts.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "national_case")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its project number (办件编号); empty if its submission is not known.
    pub project_number: String,
    /// When it was accepted, in microseconds; 0 if that is not known.
    pub accepted_at: i64,
    /// The number of its last service, and that one's act: for a version that numbered by these alone.
    pub services: i32,
    pub last_service: Option<Uuid>,
    /// The position of the fact that it was first known by.
    pub position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
