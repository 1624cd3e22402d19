//! An exclusion: from when until when a rating counts nowhere. Ended ones stay on record.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exclusion")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub rating_id: Uuid,
    pub ticket_id: Uuid,
    /// The region whose Authority it belongs to: of a township's or a village's, its county.
    pub region_code: String,
    pub agency_id: String,
    /// A `pingyi.type.v1.ExclusionGround`.
    pub ground: i16,
    pub since: i64,
    pub decided_by: String,
    /// The office of who decided, a `pingyi.ticketing.v1.AppealParty`.
    pub office: i16,
    /// The appeal it came from; none if the ticket's verification led to it.
    pub appeal_id: Option<Uuid>,
    /// Document and clause.
    pub clause: String,
    /// When the last of its duties was recorded.
    pub completed_at: Option<i64>,
    pub reinstated_at: Option<i64>,
    /// Empty while it lasts.
    pub reinstated_by: String,
    /// Why it ended, sealed; empty while it lasts.
    pub reinstate_reason: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
