//! Where a ticket stands, as ticketing sent it, whatever opened it: raters of linked tickets see their
//! main one by it, and raters of closed ones answer the follow-up.

use sea_orm::entity::prelude::*;

use super::outcome;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "handling")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
    /// A `pingyi.type.v1.TicketState`; 0 while nothing but a link or a closing is known.
    pub state: i16,
    /// When that state was reached.
    pub at: i64,
    /// The number of its last step.
    pub sequence: i64,
    /// A `pingyi.type.v1.Finding`; 0 before one.
    pub finding: i16,
    /// The last day of what is due next; ISO 8601, empty if nothing is.
    pub next_due_on: String,
    /// The agency that answers.
    pub agency_id: String,
    /// The ticket that handles the matter, and the position of the fact that said so.
    pub main_ticket_id: Option<Uuid>,
    pub linked_position: i64,
    /// When it was closed last, what is asked of its follow-up, and the number of the step that said
    /// so.
    pub closed_at: Option<i64>,
    pub required: bool,
    pub sampled: bool,
    pub closed_sequence: i64,
    /// The position of the last fact about it, and its id.
    pub fact_position: i64,
    pub fact_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What became of an act's negative ratings, as its rater sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Became {
    /// The act's newest ticket; of a linked one, where its main one stands.
    pub(crate) row: outcome::Model,
    /// The ticket that handles it, if it is linked.
    pub(crate) main_ticket_id: Option<Uuid>,
    /// The follow-up that its rater can answer.
    pub(crate) follow_up: Option<FollowUp>,
}

/// The follow-up of a closed ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FollowUp {
    /// When the ticket was closed.
    pub(crate) closed_at: i64,
    /// What the rater answered, if they did.
    pub(crate) satisfied: Option<bool>,
}
