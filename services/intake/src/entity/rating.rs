//! A rating: written once, never updated, never deleted.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Keyed hash of act, RPC and request id.
    #[sea_orm(unique)]
    pub request_key: Vec<u8>,
    /// Keyed hash of the request's body.
    pub body_hash: Vec<u8>,
    pub act_id: Uuid,
    pub level: i16,
    /// Codes between commas.
    pub tag_codes: String,
    pub tag_list_version: String,
    /// Text and answers, sealed; empty if there are none.
    pub words: Vec<u8>,
    pub has_text: bool,
    pub channel: i16,
    pub origin: i16,
    pub private: bool,
    pub received_at: i64,
    pub reported_at: Option<i64>,
    /// The batch it was given for, if for a batch.
    pub batch_id: Option<Uuid>,
    /// Who entered it from paper or from an earlier system, and its form or number there.
    pub entered_by: Option<String>,
    pub reference: Option<String>,
    /// Keyed hash of the network address it came from: only a signal, no decision uses it (S03).
    pub network: Option<Vec<u8>>,
    /// How long the levels were on the screen, in milliseconds, by the device (S03).
    pub shown_ms: Option<i32>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
