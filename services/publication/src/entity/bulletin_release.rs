//! A bulletin's release to an audience.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulletin_release")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub bulletin_id: Uuid,
    /// A `pingyi.publication.v1.BulletinAudience`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub audience: i16,
    pub released_by: String,
    pub released_at: i64,
    /// Empty, 0 and 0 while it stands.
    pub withdrawn_by: String,
    pub withdrawn_at: i64,
    /// A `pingyi.publication.v1.BulletinFault`.
    pub fault: i16,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
