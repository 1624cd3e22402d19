//! A document. Its content is an object in the store of documents, under the same id. Written once;
//! erasing empties what is sealed. The table has one more column: what the document belongs to, which
//! each service names ([`super::Of`]).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    /// Which one, and the name of its object.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// By its content.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    /// Of its content.
    pub sha256: Vec<u8>,
    /// When, in microseconds since 1970.
    pub uploaded_at: i64,
    /// Its name and who added it, sealed; empty once it is erased.
    pub about: Vec<u8>,
    /// The key of its object, sealed; empty once it is erased.
    pub data_key: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
