//! A unit of the organisation: agency, hall, window, staff member, terminal or business line.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub region_code: String,
    pub name: String,
    pub hall_id: Option<String>,
    pub window_id: Option<String>,
    pub agency_id: Option<String>,
    /// What is never queried, as TOML: address, leader, contact, kind, credit code.
    pub detail: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
