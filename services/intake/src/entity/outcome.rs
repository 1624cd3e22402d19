//! The outcome of an act's negative ratings, as ticketing sent it: the state of its newest ticket.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub act_id: Uuid,
    pub ticket_id: Uuid,
    /// A `pingyi.type.v1.TicketState`.
    pub state: i16,
    /// When that state was reached.
    pub at: i64,
    /// When the ticket was opened.
    pub opened_at: i64,
    /// The number of its last step.
    pub sequence: i64,
    /// The position of the last fact about it, and its id; 0 in rows of a version that kept none.
    pub fact_position: i64,
    pub fact_id: Option<Uuid>,
    /// A `pingyi.type.v1.Finding`; 0 before one.
    pub finding: i16,
    /// The last day of what is due next; ISO 8601, empty if nothing is.
    pub next_due_on: String,
    /// The agency that answers; empty for tickets of an older version.
    pub agency_id: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
