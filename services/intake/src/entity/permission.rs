//! A rater's decision on third parties (S05): written once, never updated; the latest one counts.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "permission")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub case_id: Uuid,
    /// In the order of recording, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// True if the rater's data may go to a third party.
    pub granted: bool,
    pub recorded_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
