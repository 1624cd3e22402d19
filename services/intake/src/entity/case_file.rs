//! A case (办件).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "case_file")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    /// 办件编号, unique in its region.
    pub project_number: String,
    pub item_code: String,
    pub item_version: i32,
    pub item_name: String,
    pub line_id: Option<String>,
    pub agency_id: String,
    pub terminal_id: String,
    pub policy: String,
    /// True if the applicant gave a name.
    pub real_name: bool,
    pub accepted_at: i64,
    pub completed_at: Option<i64>,
    /// The promised deadline, an encoded `pingyi.type.v1.Deadline`.
    pub promised: Vec<u8>,
    /// What was filled in, sealed.
    pub entries: Vec<u8>,
    /// Why it was completed late, in the agency's public words; none if it was not.
    pub late_reason: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
