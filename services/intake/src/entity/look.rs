//! Why an officer looked at a person's data, in their own words. It is kept outside the audit
//! record: an officer's words may name the person, and a hashed record could never be sealed again.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "look")]
pub struct Model {
    /// The id in the audit record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The words, sealed.
    pub note: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
