//! A ticket: what opened it, and where its steps have brought it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The service act rated, or the matter.
    pub act_id: Uuid,
    pub region_code: String,
    pub agency_id: String,
    pub real_name: bool,
    pub opened_at: i64,
    /// The event its handling deadlines run from.
    pub clock_started_at: i64,
    /// A `pingyi.type.v1.TicketState`.
    pub state: i16,
    /// A `pingyi.type.v1.Finding`; 0 before one.
    pub finding: i16,
    /// How many steps it has taken; guards against lost races.
    pub sequence: i32,
    /// When the next step is due; the greatest integer if none is, so that it sorts last.
    pub due_at: i64,
    /// The encoded `pingyi.fact.v1.RatingSubmitted` that opened it; for a matter's ticket only the
    /// parts that a matter shares with a rating.
    pub opening: Vec<u8>,
    /// Every deadline it has or had: an encoded `pingyi.ticketing.v1.Ticket` with nothing else.
    pub deadlines: Vec<u8>,
    /// The encoded `pingyi.fact.v1.MatterRaised` that opened it, if no rating did.
    pub matter: Option<Vec<u8>>,
    /// The position of the matter's fact, and its id, which identifies the history. None in rows of
    /// a version without them and in tickets opened by ratings.
    pub fact_position: Option<i64>,
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
