//! A rater's own answer to the follow-up of a ticket, as a step of it, and the fact that brought it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "follow_up_answer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
    /// The number of the step.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i32,
    /// Which closing it answers.
    pub closed_at: i64,
    pub satisfied: bool,
    /// The position of its fact, and its id, which identifies the history.
    pub fact_position: i64,
    pub fact_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
