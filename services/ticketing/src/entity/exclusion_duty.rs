//! A duty of an exclusion on record. Written once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exclusion_duty")]
pub struct Model {
    /// The appeal; the exclusion, if no appeal led to it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// A `pingyi.type.v1.ExclusionDuty`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub duty: i32,
    /// Its number among the subject's duties, from 1.
    pub sequence: i32,
    pub at: i64,
    pub done_by: String,
    pub document_number: String,
    /// What was found or done, sealed; empty if nothing was written.
    pub note: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
