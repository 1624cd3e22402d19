//! What a subject's ratings of a day came to: the past that later days are compared with. It holds
//! counts only, and is forgotten after some weeks.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signal_day")]
pub struct Model {
    /// A `pingyi.type.v1.SignalSubject`; 0 for all subjects together, which also says that the day
    /// has been looked at.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: String,
    /// ISO 8601.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// `domain::signal::Counts`, or the pools of all subjects, in JSON.
    pub counts: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
