//! A certificate that a terminal got here.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "terminal_certificate")]
pub struct Model {
    /// Its serial number, in hexadecimal digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub serial: String,
    pub terminal_id: String,
    /// A keyed hash of its key.
    pub key_hash: Vec<u8>,
    /// In microseconds since 1970.
    pub begins_at: i64,
    pub ends_at: i64,
    /// The encoded `pingyi.catalog.v1.TerminalCertificate`.
    pub body: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
