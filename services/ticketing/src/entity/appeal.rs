//! An appeal against a negative rating.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appeal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub rating_id: Uuid,
    pub ticket_id: Uuid,
    /// The region whose Authority it belongs to: of a township's or a village's, its county.
    pub region_code: String,
    pub agency_id: String,
    /// The profile and version the rated act is bound to.
    pub policy: String,
    /// The office of who lodged it, a `pingyi.ticketing.v1.AppealParty`: the agency or the Authority.
    pub office: i16,
    /// The member of staff it is for; empty if the office appeals for itself.
    pub staff_id: String,
    pub lodged_by: String,
    pub lodged_at: i64,
    /// A `pingyi.ticketing.v1.AppealState`.
    pub state: i16,
    /// A `pingyi.type.v1.ExclusionGround`; 0 unless it is upheld.
    pub ground: i16,
    /// When it must be decided; the greatest integer if nothing is due, so that it sorts last.
    pub due_at: i64,
    /// Its deadlines: an encoded `pingyi.ticketing.v1.Appeal` with nothing else.
    pub deadlines: Vec<u8>,
    /// Those in whose place others stand by a newer calendar, the oldest first: an encoded
    /// `pingyi.ticketing.v1.Appeal` with nothing else. None if none changed.
    pub deadlines_before: Option<Vec<u8>>,
    /// Whether a deadline may be provisional; true in rows of a version without this column.
    pub provisional: bool,
    /// What the appellant says, sealed.
    pub statement: Vec<u8>,
    /// Documents, separated by blanks.
    pub document_ids: String,
    pub decided_at: Option<i64>,
    /// Empty before the decision.
    pub decided_by: String,
    /// Of a decision made elsewhere; empty otherwise.
    pub document_number: String,
    /// The reason of the decision, sealed; empty before.
    pub reason: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
