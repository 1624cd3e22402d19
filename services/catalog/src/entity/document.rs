//! One version of a profile, calendar or tag list, as published.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: i16,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i64,
    pub published_at: i64,
    /// The encoded fact that published it.
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The kinds of document, as kept.
pub(crate) mod kind {
    pub(crate) const PROFILE: i16 = 1;
    pub(crate) const CALENDAR: i16 = 2;
    pub(crate) const TAGS: i16 = 3;
}
