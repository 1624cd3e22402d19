//! A message to a rater. Neither phone nor words are kept: both are added when it is sent.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    /// Also the key by which the gateway recognises repeats.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub act_id: Uuid,
    pub case_id: Uuid,
    pub region_code: String,
    /// A `pingyi.intake.v1.MessageKind`; one of a kind for each act.
    pub kind: i16,
    /// A `pingyi.intake.v1.MessageState`.
    pub state: i16,
    pub due_at: i64,
    /// How often it was given to the gateway, or may have been.
    pub attempts: i32,
    pub next_attempt_at: i64,
    /// The end of a replica's lease on it; 0 if there never was one.
    pub leased_until: i64,
    /// A stable reason, never a person's datum.
    pub last_error: Option<String>,
    pub sent_at: Option<i64>,
    pub gateway_reference: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
