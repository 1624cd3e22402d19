//! A person's judgement of a signal; written once, the last one holds.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signal_judgement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub signal_id: Uuid,
    /// From 1.
    pub sequence: i32,
    /// A `pingyi.intake.v1.SignalState`.
    pub verdict: i16,
    /// The officer's words, sealed.
    pub reason: Vec<u8>,
    pub judged_by: String,
    pub judged_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
