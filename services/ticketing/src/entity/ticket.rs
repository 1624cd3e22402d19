//! A ticket: what opened it, and where its steps have brought it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The service act rated, or the matter, or the notice.
    pub act_id: Uuid,
    pub region_code: String,
    /// The handling agency, the lead if several have a part.
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
    /// The encoded `pingyi.fact.v1.RatingSubmitted` that opened it; for anything else only the parts
    /// that it shares with a rating.
    pub opening: Vec<u8>,
    /// Empty: deadlines have their own table. Older versions kept them here.
    pub deadlines: Vec<u8>,
    /// The encoded `pingyi.fact.v1.MatterRaised` that opened it, if one did.
    pub matter: Option<Vec<u8>>,
    /// The position of the matter's fact, and its id, which identifies the history. None in rows of
    /// a version without them and in tickets opened by ratings.
    pub fact_position: Option<i64>,
    pub fact_id: Option<Uuid>,
    /// What opened it: 1 a rating, 2 a matter, 3 a notice, 4 a problem.
    pub opened_by: i16,
    /// The last day that the hotline or the notice named.
    pub named_day: Option<String>,
    /// The number of the upper platform's notice.
    pub upper_number: Option<String>,
    /// Who is assigned.
    pub assignee: Option<String>,
    /// Whether the service was a township's or a village's.
    pub township: bool,
    /// Whether the rater was reached before the verification, and how often it was tried.
    pub reached: bool,
    pub contact_attempts: i32,
    /// How often a follow-up did not reach the rater.
    pub follow_up_attempts: i32,
    /// A `pingyi.type.v1.ExclusionGround`; 0 if nobody proposed one.
    pub ground: i16,
    /// The ticket that handles the same matter.
    pub main_ticket_id: Option<Uuid>,
    /// The ticket it is a relapse of.
    pub relapse_of: Option<Uuid>,
    /// What the service was about, for finding relapses.
    pub item_code: String,
    pub window_id: String,
    pub closed_at: Option<i64>,
    /// The region whose Authority it belongs to: of a township's or a village's, its county.
    pub authority_region: String,
    /// While nobody has taken it and no deadline limits that: when to look whether it was too long.
    pub take_by: Option<i64>,
    /// When the Authority was told that nobody took it.
    pub nobody_at: Option<i64>,
    /// While an appeal makes its handling clock stand still: since when, or since the last step.
    pub clock_stopped_at: Option<i64>,
    /// Whether it has left the Authority's queue; true in rows of a version without this column,
    /// unless they stand there.
    pub dispatched: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
