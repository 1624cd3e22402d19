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
    /// When the rating window closes, so that decisions need not decode the window.
    pub closes_at: Option<i64>,
    /// The rating window, an encoded `pingyi.type.v1.Deadline`; none if it never closes.
    pub rating_window: Option<Vec<u8>>,
    /// The window before the publication of a notice that it depended on, the oldest first: an
    /// encoded `pingyi.intake.v1.ResolveInvitationResponse` with nothing else. None if it never
    /// changed.
    pub window_before: Option<Vec<u8>>,
    /// Whether the window may be provisional; true in rows of a version without this column.
    pub provisional: bool,
    pub window_id: Option<String>,
    pub staff_id: Option<String>,
    /// True if the catalog did not have this person at that window.
    pub staff_unconfirmed: bool,
    pub hall_id: Option<String>,
    /// The platform it was given on; none in rows of a version without this column.
    pub platform_id: Option<String>,
    /// When the service was given, by the business system.
    pub reported_at: Option<i64>,
    /// All that had a part in a package, or have one in its case: an encoded
    /// `pingyi.type.v1.ServiceAct` with nothing else.
    pub involved: Option<Vec<u8>>,
    /// The batch it is rated with (批量评价), if it is.
    pub batch_id: Option<Uuid>,
    /// When the profile's default rating falls due; none once it is done.
    pub default_due_at: Option<i64>,
    /// Blind index of the number of the person with the right to rate it: its applicant as known
    /// when it was opened. Later reports about the case do not change it.
    pub number_index: Option<Vec<u8>>,
    /// Blind index of their phone, which gets the invitation; as frozen.
    pub phone_index: Option<Vec<u8>>,
    /// False for an act from before this system (历史导入): nobody was invited to rate it.
    pub offered: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
