//! A deadline of a ticket: it runs, or it ended in one of three ways.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_deadline")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
    /// From 1, in the order in which they began.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// The act it limits, as named in the profile.
    pub subject: String,
    pub due_at: i64,
    /// The same while it runs; none once it ended: what is overdue or due soon is found by it.
    pub running_until: Option<i64>,
    /// A `pingyi.type.v1.DeadlineEnd`.
    pub end: i16,
    pub ended_at: Option<i64>,
    /// The number of the one that runs in its place.
    pub superseded_by: Option<i32>,
    /// While it depends on a notice that is not published, and runs or was missed.
    pub provisional: bool,
    /// As in the ticket, for finding them.
    pub region_code: String,
    pub agency_id: String,
    /// When who handles it was urged because it falls due.
    pub urged_at: Option<i64>,
    /// When it was escalated to the Authority because it is overdue.
    pub escalated_at: Option<i64>,
    /// When it is to be looked at next; none once it ended or was escalated: however many are
    /// overdue, a look reads only what is to be done.
    pub watch_at: Option<i64>,
    /// The encoded `pingyi.type.v1.Deadline`, with its derivation.
    pub deadline: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
