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
    /// version that did not keep it.
    pub act: Vec<u8>,
    /// The position of the fact that made it known (its offer, if it was offered), and its id; 0 in
    /// rows of a version that kept none.
    pub fact_position: i64,
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
