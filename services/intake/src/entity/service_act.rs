//! A service act, frozen as it was, and the invitation to rate it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "service_act")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub case_id: Uuid,
    pub stage: i16,
    pub service_number: i32,
    pub region_code: String,
    pub agency_id: String,
    pub item_code: String,
    pub item_version: i32,
    pub terminal_id: Option<String>,
    pub line_id: Option<String>,
    pub served_at: i64,
    pub policy: String,
    /// True if the rater is known by name.
    pub real_name: bool,
    /// When the rating window closes, so that deciding need not decode the whole of it.
    pub closes_at: Option<i64>,
    /// The rating window, an encoded `pingyi.type.v1.Deadline`; none if it never closes.
    pub rating_window: Option<Vec<u8>>,
    pub window_id: Option<String>,
    pub staff_id: Option<String>,
    /// True if the catalog did not have them at that window.
    pub staff_unconfirmed: bool,
    pub hall_id: Option<String>,
    /// When the business system says that the service was given.
    pub reported_at: Option<i64>,
    /// All that had a part in a package: an encoded `pingyi.type.v1.ServiceAct` with nothing else.
    pub involved: Option<Vec<u8>>,
    /// The batch it is rated with (批量评价), if it is.
    pub batch_id: Option<Uuid>,
    /// When the profile's default rating falls due, until it was looked after.
    pub default_due_at: Option<i64>,
    /// Blind index of the number of whoever has the right to rate it: its applicant as they were known
    /// when it was opened. Nothing told later about the case moves it.
    pub number_index: Option<Vec<u8>>,
    /// Blind index of their phone, which the invitation goes to; as frozen.
    pub phone_index: Option<Vec<u8>>,
    /// False for an act of before this system (历史导入): nobody was invited to rate it.
    pub offered: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
