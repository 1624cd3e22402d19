//! The signs (代码) that separate the acts of a phone in replies; each is given once and never
//! reused.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reply_sign")]
pub struct Model {
    /// Blind index of the phone.
    #[sea_orm(primary_key, auto_increment = false)]
    pub phone_index: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sign: i32,
    #[sea_orm(unique)]
    pub act_id: Uuid,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
