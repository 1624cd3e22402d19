//! A call-back to the rater of a drawn act: written once; the last of an act counts.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_back")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub survey_id: Uuid,
    pub act_id: Uuid,
    /// From 1 for each act, in the order in which they were recorded.
    pub sequence: i32,
    pub by_hotline: bool,
    pub reached: bool,
    pub policy_known: Option<bool>,
    pub convenient: Option<bool>,
    pub level: Option<i16>,
    /// The rater's words and the problem, sealed.
    pub words: Vec<u8>,
    pub has_problem: bool,
    /// The matter reported for this act's problem, by this call-back or one before.
    pub matter_id: Option<Uuid>,
    pub recorded_by: String,
    pub recorded_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
