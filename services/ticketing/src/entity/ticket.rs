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
    /// How many steps it took; guards against lost races.
    pub sequence: i32,
    /// When the next thing is due; the greatest integer once nothing is, so that it sorts last.
    pub due_at: i64,
    /// The encoded `pingyi.fact.v1.RatingSubmitted` that opened it; of a matter's ticket it says
    /// only what a matter has in common with a rating.
    pub opening: Vec<u8>,
    /// Every deadline it has or had: an encoded `pingyi.ticketing.v1.Ticket` with nothing else.
    pub deadlines: Vec<u8>,
    /// The encoded `pingyi.fact.v1.MatterRaised` that opened it, if no rating did.
    pub matter: Option<Vec<u8>>,
    /// The position of the fact that told the matter, and its id: in which history it is. None in rows
    /// of a version that kept none and of tickets that ratings opened.
    pub fact_position: Option<i64>,
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
