//! A key target, a problem or measures about staff: they are kept, listed and stepped alike.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "focus_record")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// 1 key target, 2 problem, 3 measures about staff.
    pub kind: i16,
    pub region_code: String,
    /// The agency that sees it; empty if none does.
    pub agency_id: String,
    /// Whether that agency sees it yet.
    pub for_agency: bool,
    /// What it is about, as long as it is open: of each there is one. None once it is over.
    pub open_object: Option<String>,
    /// How many steps it has taken; guards against lost races.
    pub sequence: i32,
    /// The encoded message without steps, sealed.
    pub content: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
