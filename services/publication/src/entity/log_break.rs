//! A break of the public log: leaves under a signed head were lost.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "log_break")]
pub struct Model {
    /// The epoch that began with it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub epoch: i32,
    /// How many leaves were left.
    pub kept_size: i64,
    /// The largest head that was signed before.
    pub head_size: i64,
    pub head_root: Vec<u8>,
    pub at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
