//! A bulletin: an edition of what is said about a period.

use sea_orm::{FromQueryResult, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulletin")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    /// A `pingyi.publication.v1.BulletinKind`.
    pub kind: i16,
    /// As `ReportPeriod` writes it.
    pub period: String,
    /// Days since 1970-01-01.
    pub last_day: i32,
    /// From 1; one each.
    pub edition: i32,
    /// The edition before.
    pub corrects: Option<Uuid>,
    pub drafted_at: i64,
    /// Up to which facts of each producer it was counted.
    pub intake_position: i64,
    pub ticketing_position: i64,
    /// True once some of them are in no history any more.
    pub history_lost: bool,
    /// The encoded `pingyi.publication.v1.BulletinContent`, never changed.
    pub content: Vec<u8>,
}

/// A bulletin without what it says.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Header {
    pub(crate) id: Uuid,
    pub(crate) region_code: String,
    pub(crate) kind: i16,
    pub(crate) period: String,
    pub(crate) last_day: i32,
    pub(crate) edition: i32,
    pub(crate) corrects: Option<Uuid>,
    pub(crate) drafted_at: i64,
    pub(crate) history_lost: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
