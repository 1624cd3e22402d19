//! How far the facts of a service are read for the national interface.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "national_cursor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub producer: String,
    pub position: i64,
    /// The fact there; nil where none is known, which any history continues.
    pub fact_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
