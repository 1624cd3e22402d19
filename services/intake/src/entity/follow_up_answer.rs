//! What a rater answered to the follow-up of a ticket: once per closing, and never changed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up_answer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
    /// When the ticket was closed: which follow-up it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub closed_at: i64,
    pub satisfied: bool,
    pub answered_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
