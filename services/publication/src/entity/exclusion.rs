//! An exclusion as ticketing told it: from when until when a rating is in no figure.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exclusion")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub rating_id: Uuid,
    pub act_id: Uuid,
    pub ticket_id: Uuid,
    pub region_code: String,
    pub agency_id: String,
    /// A `pingyi.type.v1.ExclusionGround`.
    pub ground: i16,
    /// A `pingyi.type.v1.ExclusionKind`.
    pub kind: i16,
    /// Document and clause.
    pub clause: String,
    pub since: i64,
    /// 0 while it lasts.
    pub reinstated_at: i64,
    /// The position of the last fact about it; 0 in rows of a version that kept none.
    pub fact_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    #[sea_orm(
        belongs_to = "super::ticket::Entity",
        from = "Column::TicketId",
        to = "super::ticket::Column::Id"
    )]
    Ticket,
    /// The further agencies that its ticket is about.
    #[sea_orm(
        belongs_to = "super::ticket_part::Entity",
        from = "Column::TicketId",
        to = "super::ticket_part::Column::TicketId"
    )]
    Part,
    /// The rating that is excluded.
    #[sea_orm(
        belongs_to = "super::rating::Entity",
        from = "Column::RatingId",
        to = "super::rating::Column::Id"
    )]
    Rating,
    /// Every rating of the act.
    #[sea_orm(
        belongs_to = "super::rating::Entity",
        from = "Column::ActId",
        to = "super::rating::Column::ActId"
    )]
    OfAct,
}

impl Related<super::ticket::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::Ticket.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}
