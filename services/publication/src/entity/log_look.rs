//! How far the running service has compared its ratings with the public log, pass after pass. One row.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_look")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    /// The number of the next leaf of this pass.
    pub leaf: i64,
    /// After its leaves: the last rating that was looked for among them; none before.
    pub rating: Option<Uuid>,
    /// How much was found in this pass, and the first of it in words.
    pub found: i64,
    pub first: String,
    /// The same of the pass before, and when that ended; none before the first.
    pub last_found: i64,
    pub last_first: String,
    pub ended_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
