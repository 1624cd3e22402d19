//! A transfer of signs of misconduct in a ticket. Written once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "misconduct_transfer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ticket_id: Uuid,
    /// The encoded `pingyi.ticketing.v1.MisconductTransfer`, sealed: the record that stays visible.
    pub record: Vec<u8>,
    /// The signs, sealed: kept for the competent authority, shown by no RPC.
    pub reason: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
