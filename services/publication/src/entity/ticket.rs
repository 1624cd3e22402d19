//! A ticket's outcome as ticketing sent it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    pub agency_id: String,
    pub item_code: String,
    pub level: i16,
    pub state: i16,
    pub finding: i16,
    pub opened_at: i64,
    pub state_at: i64,
    /// True if it is never shown singly: one of its ratings is private, or one of its act's.
    pub private: bool,
    /// True if ticketing said so; else only intake did, and may have lost it.
    pub own_private: bool,
    /// True once it was fed back, whatever came later.
    pub fed_back: bool,
    /// The encoded `pingyi.type.v1.ServiceAct`, for the dimensions it counts in.
    pub act: Vec<u8>,
    /// The number of its last step.
    pub sequence: i64,
    /// The position of the last fact about it, and its id; 0 in rows of a version without them.
    pub fact_position: i64,
    pub fact_id: Option<Uuid>,
    /// The position of the fact that opened it; 0 in rows of a version that kept none.
    pub opened_position: i64,
    /// The act of the rating that opened it, and that rating. None in rows of a version without
    /// them.
    pub act_id: Option<Uuid>,
    pub rating_id: Option<Uuid>,
    /// True while it counts nowhere, because the private rating that opened it does not count yet.
    pub waits: bool,
    /// The day it counts on, if that is not the day of opening; else 0. Days since 1970-01-01.
    pub counted_on: i32,
    /// True while none of its ratings counts.
    pub excluded: bool,
    /// True if it is a relapse of another one.
    pub relapsed: bool,
    /// True if it missed a deadline.
    pub late: bool,
    /// True if the rater is known by name.
    pub real_name: bool,
    /// True once the rater was reached by a follow-up.
    pub followed_up: bool,
    /// True once its document asked for a follow-up, or it was drawn for one.
    pub follow_up_due: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
