//! A public review or a complaint: written once, never updated.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// A `pingyi.intake.v1.ReviewSource`.
    pub source: i16,
    pub region_code: String,
    pub agency_id: Option<String>,
    pub item_code: Option<String>,
    pub unit_id: Option<String>,
    pub level: Option<i16>,
    pub real_name: bool,
    pub private: bool,
    pub wants_ticket: bool,
    /// ISO 8601.
    pub said_on: String,
    /// Of a complaint; unique with its source and the region that recorded it.
    pub original_number: Option<String>,
    /// Text, contact, body and documents, sealed.
    pub content: Vec<u8>,
    /// Keyed hash of all of a complaint's content, to recognise a repeat.
    pub content_hash: Option<Vec<u8>>,
    /// The officer; none if the public wrote it.
    pub recorded_by: Option<String>,
    /// The officer's region.
    pub recorded_region: Option<String>,
    /// Keyed hash of the network address the public wrote from: only a signal, no decision uses it
    /// (S03).
    pub network: Option<Vec<u8>>,
    pub received_at: i64,
    /// The last day that the hotline allows for handling and reply; ISO 8601.
    pub hotline_due_on: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
