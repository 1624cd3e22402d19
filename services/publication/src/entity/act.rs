//! A service act: whether it was offered a rating, and which rating counts.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "act")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The act's effective rating, if there is one.
    pub effective: Option<Uuid>,
    /// True once its invitation is counted.
    pub offered: bool,
    /// The encoded `pingyi.type.v1.ServiceAct`, for the dimensions it counts in; empty in rows of a
    /// version without it.
    pub act: Vec<u8>,
    /// The position of its first fact (its offer, if it was offered), and the id; 0 in rows of a
    /// version without them.
    pub fact_position: i64,
    pub fact_id: Option<Uuid>,
    /// True once it has a private rating: nothing of it is shown singly.
    pub private: bool,
    /// The group its private rating waits for before it enters the figures, and its level; see
    /// `facts::private`. Empty if it does not wait.
    pub waits: String,
    /// True once its private rating was looked at and had to wait: it is none of the new ones any more (see
    /// `domain::disclosure::look`).
    pub looked: bool,
    /// The form in which its private rating entered the figures: an encoded
    /// `pingyi.fact.v1.RatingSubmitted` with what its whole group has in common. Empty if it did
    /// not.
    pub counted: Vec<u8>,
    /// The rating that stands for it among the counts of where complaints gather; none if none does.
    pub pain: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
