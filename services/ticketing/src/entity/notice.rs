//! What officers are told of deadlines (提醒): counts and tickets, nothing about persons.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// From 1, in the order in which they become visible: the next one is counted from the last
    /// one that is, and two with the same number cannot be.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// The agency it is for; empty if it is for an Authority.
    pub agency_id: String,
    /// The region whose Authority it is for; empty if it is for an agency.
    pub region_code: String,
    /// A `pingyi.ticketing.v1.NoticeKind`.
    pub kind: i16,
    /// The day of which it is the digest, ISO 8601; none if it is no digest. One a day and addressee.
    pub digest_of: Option<String>,
    pub made_at: i64,
    /// The encoded `pingyi.ticketing.v1.Notice`, without what has its own columns.
    pub content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
