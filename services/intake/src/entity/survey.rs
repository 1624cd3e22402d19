//! A survey: planned once, drawn once.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "survey")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub region_code: String,
    /// An encoded `pingyi.intake.v1.Survey` as it was planned.
    pub plan: Vec<u8>,
    /// Sealed.
    pub seed: Vec<u8>,
    /// The key of its acts' pseudonyms, sealed; never published.
    pub pseudonym_key: Vec<u8>,
    pub planned_by: String,
    pub drawn_at: Option<i64>,
    /// An encoded `pingyi.intake.v1.SurveyDraw`.
    pub draw: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
