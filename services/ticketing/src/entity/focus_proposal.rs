//! What the figures proposed by themselves. Of it only the decision is added.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "focus_proposal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    /// What it is about, as long as nobody has decided: of each there is one. None once somebody has.
    pub open_object: Option<String>,
    /// The encoded `pingyi.ticketing.v1.FocusProposal`, sealed.
    pub content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
