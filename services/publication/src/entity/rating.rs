//! A rating as intake sent it: figures are computed from these.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rating")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub act_id: Uuid,
    pub level: i16,
    pub channel: i16,
    pub origin: i16,
    /// When it was given; for all but forms and imports that is when it was received. It is ordered
    /// by that, and counts on that day.
    pub received_at: i64,
    /// The position of its fact, and the id; 0 in rows of a version without them.
    pub fact_position: i64,
    pub fact_id: Option<Uuid>,
    /// True if its rater keeps it from the public. False in rows of a version without this column.
    pub private: bool,
    /// Its rater, as far as known here: ratings of one rater have the same batch or case.
    pub rater: Option<Uuid>,
    /// The codes of its reason tags, one a line. Empty in rows of a version without this column.
    pub tags: String,
    /// The words that its published text is about, one a line, and the position of the fact that told them;
    /// empty and 0 while none did.
    pub words: String,
    pub words_position: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
