//! The applicant of a case before a report named another person, phone or number: kept for good,
//! with the reporting system. The acts open at that time stay theirs.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "former_applicant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub case_id: Uuid,
    /// Name, number, phone and language, sealed; none if the applicant was unknown.
    pub applicant: Option<Vec<u8>>,
    pub number_index: Option<Vec<u8>>,
    pub phone_index: Option<Vec<u8>>,
    pub replaced_at: i64,
    /// The business system that reported the change.
    pub replaced_by: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
