//! A restricted matter. Everything about it but where it is handled is sealed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restricted_matter")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The region whose Authority handles it.
    pub region_code: String,
    /// How many steps it has taken; guards against lost races.
    pub sequence: i32,
    /// The encoded `pingyi.ticketing.v1.RestrictedMatter` without steps and looks, sealed.
    pub content: Vec<u8>,
    /// The position of the report's fact, and its id, which identifies the history; none of what an
    /// officer recorded.
    pub fact_position: Option<i64>,
    pub fact_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
