//! A document of a ticket. Its content is an object in the store of documents, under the same id.
//! Written once; erasing empties what is sealed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "document")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub ticket_id: Uuid,
    /// By its content.
    pub media_type: String,
    /// In bytes.
    pub size: i64,
    pub sha256: Vec<u8>,
    pub uploaded_at: i64,
    /// An encoded `pingyi.ticketing.v1.Document` with its name and who added it, sealed; empty once
    /// it is erased.
    pub about: Vec<u8>,
    /// The key of its object, sealed; empty once it is erased.
    pub data_key: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
