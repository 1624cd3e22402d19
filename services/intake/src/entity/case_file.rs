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
    /// Empty if none was used.
    pub terminal_id: String,
    pub policy: String,
    /// True if the applicant gave a name.
    pub real_name: bool,
    pub accepted_at: i64,
    pub completed_at: Option<i64>,
    /// The promised deadline, an encoded `pingyi.type.v1.Deadline`.
    pub promised: Vec<u8>,
    /// The promise before the publication of a notice that it depended on, the oldest first: an
    /// encoded `pingyi.intake.v1.Case` with nothing else. None if it never changed.
    pub promised_before: Option<Vec<u8>>,
    /// Whether the promise may be provisional; true in rows of a version without this column.
    pub provisional: bool,
    /// The filled-in form, sealed.
    pub entries: Vec<u8>,
    /// Why it was completed late, in the agency's public words; none if it was not.
    pub late_reason: Option<String>,
    /// A `pingyi.intake.v1.ServiceMode`.
    pub mode: i16,
    /// A `pingyi.type.v1.RaterKind`; 0 for cases from before it was asked.
    pub rater_kind: i16,
    /// The applicant: name, number, phone and language, sealed; see `convert::Applicant`.
    pub applicant: Option<Vec<u8>>,
    /// Blind index of the applicant's number (身份证号, 统一社会信用代码).
    pub number_index: Option<Vec<u8>>,
    /// Blind index of the applicant's phone.
    pub phone_index: Option<Vec<u8>>,
    /// The business system's number of the batch it belongs to.
    pub batch_number: Option<String>,
    /// All that have a part in a package: an encoded `pingyi.type.v1.ServiceAct` with nothing else.
    pub involved: Option<Vec<u8>>,
    /// Keyed hash of the last push, so that a repeated push costs nothing.
    pub pushed: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
