//! The review of a negative rating's text and tags.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "text_review")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating_id: Uuid,
    pub ticket_id: Uuid,
    /// The region whose Authority it belongs to: of a township's or a village's, its county.
    pub region_code: String,
    pub agency_id: String,
    pub has_text: bool,
    /// Reason tags, separated by commas.
    pub tag_codes: String,
    /// Whether silence accepts.
    pub silence_accepts: bool,
    pub due_at: i64,
    /// The encoded `pingyi.type.v1.Deadline`.
    pub deadline: Vec<u8>,
    /// The deadline before the publication of a notice that it depended on, the oldest first: an
    /// encoded `pingyi.ticketing.v1.TextReview` with nothing else. None if it never changed.
    pub deadlines_before: Option<Vec<u8>>,
    /// Whether the deadline may be provisional; true in rows of a version without this column.
    pub provisional: bool,
    /// A `pingyi.ticketing.v1.TextReviewState` as far as it is recorded; 0 before a decision.
    pub verdict: i16,
    /// A `pingyi.ticketing.v1.TextGround`; 0 unless it was refused.
    pub ground: i16,
    pub decided_at: Option<i64>,
    /// Empty before a decision, and for silence.
    pub decided_by: String,
    /// When it was accepted, and by whom (empty for silence), if it was taken down after that.
    pub accepted_at: Option<i64>,
    pub accepted_by: String,
    /// The position of the rating's fact.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
