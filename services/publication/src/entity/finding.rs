//! Something found true of a unit or a member of staff, for the appraisal.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "finding")]
pub struct Model {
    /// The signal, the measures, the matter, the ticket, or the transfer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// A `pingyi.publication.v1.FindingKind`.
    pub kind: i16,
    /// A `pingyi.publication.v1.FindingSubject`.
    pub subject: i16,
    pub subject_id: String,
    pub agency_id: String,
    pub region_code: String,
    /// Days since 1970-01-01.
    pub day: i32,
    /// A `pingyi.type.v1.SignalKind`; 0 for none.
    pub signal_kind: i16,
    /// False once it was found not to hold: a later judgement, an excluded rating.
    pub holds: bool,
    /// The position of the last fact about it, of intake for faked praise, else of ticketing.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
