//! What ticketing says of a rating's text, and of the rating, as far as it decides whether the text is shown
//! to everybody.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "words_verdict")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rating_id: Uuid,
    pub act_id: Uuid,
    /// What the rating is published as; the list is in this order within a day.
    pub shown_as: Uuid,
    pub region_code: String,
    pub agency_id: String,
    pub item_code: String,
    /// The day the rating counts on; ISO 8601, Asia/Shanghai.
    pub day: String,
    /// One of the [`Verdict`]s, as its number.
    pub verdict: i16,
    /// The position of the fact that said so; 0 before one.
    pub decided_position: i64,
    /// True while the rating counts nowhere.
    pub excluded: bool,
    /// Whether publication was told words of it.
    pub told: bool,
    /// The position of the last fact about it, and its id.
    pub fact_position: i64,
    pub fact_id: Uuid,
}

/// What was decided about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Verdict {
    /// Nothing yet.
    Open = 0,
    /// A person accepted it.
    Accepted = 1,
    /// Nobody reviewed it in time (视为同意).
    AcceptedBySilence = 2,
    /// A person did not accept it.
    Refused = 3,
}

/// The verdicts by which everybody may read a text.
pub(crate) const ACCEPTED: [i16; 2] = [Verdict::Accepted as i16, Verdict::AcceptedBySilence as i16];

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
