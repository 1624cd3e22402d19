//! To which ticket a negative rating belongs: exactly one.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_rating")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating_id: Uuid,
    pub ticket_id: Uuid,
    pub received_at: i64,
    /// The position of the rating's fact, and its id, which identifies the history. None in rows of
    /// a version without them.
    pub fact_position: Option<i64>,
    pub fact_id: Option<Uuid>,
    /// Who served, if the rating names them. None also in rows of a version without this column.
    pub staff_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
