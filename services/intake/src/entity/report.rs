//! A citizen's report of retaliation, obstruction or a leak. Written once; only what was decided about
//! it is added.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Keyed hash of the citizen, or of the invitation: how often they report.
    pub reporter: Vec<u8>,
    /// A `pingyi.type.v1.RestrictedKind`.
    pub kind: i16,
    /// The region whose Authority handles it.
    pub region_code: String,
    pub accused_unit_id: String,
    /// Who served the reporter: they see nothing of it.
    pub served_staff_id: Option<String>,
    /// Words and contact, sealed.
    pub words: Vec<u8>,
    pub received_at: i64,
    /// Whether it was found true; none before a decision.
    pub upheld: Option<bool>,
    pub decided_at: Option<i64>,
    /// The position of the decision's fact, and its id, which identifies the history.
    pub fact_position: Option<i64>,
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
